import { plainText } from '../../base/text.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import { whatIf } from '../../ha/foresight/whatIf.ts';
import type { FleetModel } from '../fleetModel.ts';
import { pictureOf } from './pictureOf.ts';

/** What becomes of a started resource when its node dies, as foreseen now. Nothing is promised that is not known. */
export function fateSentence(model: FleetModel, clusterId: string | null, resource: HaResource): string {
  const picture = clusterId === null ? null : pictureOf(model, clusterId);
  const { node } = resource;
  if (picture === null || node === null) return 'What HA does with it if its node dies is not known.';
  const told = whatIf(picture, [node]);
  const fated = told.resources.find(({ sid }) => sid === resource.sid);
  const name = plainText(node, 60);
  const why = plainText(fated?.why ?? '', 200);
  switch (fated?.fate) {
    case 'recovers':
      return `If ${name} dies, HA restarts it on ${plainText(fated.to ?? 'another node', 60)}${told.isExact ? '' : ', as far as known'}.`;
    case 'stuck':
      return `If ${name} dies, HA finds no node for it. ${why}`;
    case 'waits':
      return `If ${name} dies, it stays down. ${why}`;
    default:
      return `What HA does with it if ${name} dies is not known. ${plainText(told.unknowns[0] ?? why, 200)}`.trim();
  }
}
