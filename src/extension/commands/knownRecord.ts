import { type FleetModel, recordIdOfRow } from '../../console/fleetModel.ts';
import { rowIdOf } from './commandRegistry.ts';

/** Console id of the record that a command was called on, when it is known. */
export function knownRecordId(model: FleetModel, argument: unknown): string | null {
  const rowId = rowIdOf(argument);
  const id = rowId === null ? null : recordIdOfRow(rowId);
  return id !== null && model.record(id) !== undefined ? id : null;
}
