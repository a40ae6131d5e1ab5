import { capitalized } from '../base/text.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import type { GuestPageModel } from '../contract/panels.ts';
import { clockText } from './clockText.ts';
import { explainFleetError } from './errorText.ts';
import { configSections } from './guestConfig.ts';
import type { GuestPageFacts, GuestPart, GuestReading } from './guestPageFacts.ts';
import { taskRow } from './guestTasks.ts';

/** Load over a timeframe, on the console's clock. */
export function guestLoadPart(facts: GuestPageFacts, timeframe: LoadTimeframe): GuestPageModel['load'] {
  const { detail, reading, entry, model } = facts;
  if (detail === null) return { timeframe, points: [], notice: absentNotice(reading, 'load') };
  const keptMs = keptFrom(reading, 'load');
  if (detail.loadTimeframe !== timeframe)
    return { timeframe, points: [], notice: `Reading the last ${timeframe}…` };
  const offsetS = entry === undefined ? 0 : model.clockOffsetMs(entry.connection.id) / 1000;
  const points = detail.load.map((point) => ({ ...point, timeS: point.timeS + offsetS }));
  if (detail.loadError !== null)
    return { timeframe, points, notice: partNotice('Load', detail.loadError, keptMs) };
  return {
    timeframe,
    points,
    notice:
      points.length === 0 ? `No load was recorded for the last ${timeframe}.` : ageNotice('Load', keptMs),
  };
}

/** Recent tasks, newest first. */
export function guestTasksPart(facts: GuestPageFacts): GuestPageModel['tasks'] {
  const { detail, reading, entry, model } = facts;
  if (detail === null) return { rows: [], notice: absentNotice(reading, 'tasks') };
  const clockOffsetMs = entry === undefined ? 0 : model.clockOffsetMs(entry.connection.id);
  const rows = [...detail.tasks]
    .sort((a, b) => (b.startS ?? 0) - (a.startS ?? 0))
    .map((task) => taskRow(task, clockOffsetMs));
  const keptMs = keptFrom(reading, 'tasks');
  if (detail.tasksError !== null) return { rows, notice: partNotice('Tasks', detail.tasksError, keptMs) };
  return { rows, notice: rows.length === 0 ? 'No recent tasks.' : ageNotice('Tasks', keptMs) };
}

/** Configuration in sections. */
export function guestConfigPart(facts: GuestPageFacts): GuestPageModel['config'] {
  const { detail, reading, guest } = facts;
  if (detail === null) return { sections: [], notice: absentNotice(reading, 'configuration') };
  const sections = detail.config === null ? [] : configSections(detail.config, guest?.kind ?? 'unknown');
  const keptMs = keptFrom(reading, 'config');
  if (detail.configError !== null)
    return { sections, notice: partNotice('Configuration', detail.configError, keptMs) };
  return {
    sections,
    notice: detail.config === null ? 'The configuration is not told.' : ageNotice('Configuration', keptMs),
  };
}

function absentNotice(reading: GuestReading, part: string): string {
  return reading.state === 'failed'
    ? `${capitalized(part)} not readable: ${explainFleetError(reading.error, { connectionName: '' }).what}`
    : `Reading ${part}…`;
}

function partNotice(part: string, error: FleetError, keptMs: number | null): string {
  const { what, next } = explainFleetError(error, { connectionName: '' });
  const kept = keptMs === null ? '' : ` Showing what was read at ${clockText(keptMs)}.`;
  return `${part} not readable: ${what} ${next}${kept}`;
}

function ageNotice(part: string, keptMs: number | null): string | null {
  return keptMs === null ? null : `${part} as read at ${clockText(keptMs)}.`;
}

/** When what is shown of a part was read; `null` for a part of the newest reading. */
export function keptFrom(reading: GuestReading, part: GuestPart): number | null {
  return reading.state === 'reading' ? null : (reading.keptFromMs?.[part] ?? null);
}
