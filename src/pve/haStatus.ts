import * as z from 'zod';
import { pveFlag, pveNumber, pveText } from './values.ts';

/** Row of `/cluster/ha/status/current`, any type. A row of a service or an LRM that does not say which one is no row. */
export const pveHaStatusRow = z
  .object({
    type: z.string(),
    id: pveText,
    node: pveText,
    status: pveText,
    quorate: pveFlag,
    timestamp: pveNumber,
    sid: pveText,
    state: pveText,
    crm_state: pveText,
    request_state: pveText,
    max_restart: pveNumber,
    max_relocate: pveNumber,
    failback: pveFlag,
    group: pveText,
    comment: pveText,
    'armed-state': pveText,
    resource_mode: pveText,
  })
  .refine((row) => (row.type !== 'service' || row.sid !== null) && (row.type !== 'lrm' || row.node !== null));
export type PveHaStatusRow = z.infer<typeof pveHaStatusRow>;

/** Text of a master or lrm row taken apart: `NODE (WORD, EXTRAS…)SUFFIX`. */
export interface HaStatusText {
  readonly node: string;
  /** First word group in the brackets, such as `active` or `old timestamp - dead?`. */
  readonly word: string;
  /** `watchdog active` and the like, without its first word. */
  readonly watchdog: string | null;
  /** What follows the brackets, without leading dash. */
  readonly suffix: string;
}

/**
 * The text of a status row (HA states, rows of `/cluster/ha/status/current`; the watchdog part exists since HA manager
 * 5.1.3). `null` when it has another form.
 */
export function parseHaStatusText(text: string): HaStatusText | null {
  const match = /^(\S+) \(([^()]*)\)(.*)$/.exec(text);
  if (match === null) return null;
  const [, node = '', inside = '', rest = ''] = match;
  const parts = inside.split(', ');
  const watchdog = parts.find((part) => part.startsWith('watchdog '));
  return {
    node,
    word: parts[0] ?? '',
    watchdog: watchdog?.slice('watchdog '.length) ?? null,
    suffix: rest.replace(/^\s*-\s*/, ''),
  };
}

export type MasterWord = 'active' | 'idle' | 'silent' | 'clockDrift' | 'unknown';

/** A map, because a word may be that of a property which every object has. */
const masterWords: ReadonlyMap<string, MasterWord> = new Map(
  Object.entries({
    active: 'active',
    idle: 'idle',
    'old timestamp - dead?': 'silent',
    'detected time drift!': 'clockDrift',
  } satisfies Record<string, MasterWord>),
);

/** State of the CRM master from its row's text. */
export function masterWord(text: HaStatusText | null): MasterWord {
  return masterWords.get(text?.word ?? '') ?? 'unknown';
}

/** Placement method from the suffix of the master row; absent means basic. */
export function schedulerOf(text: HaStatusText | null): 'basic' | 'static' | 'dynamic' | 'unknown' {
  if (text === null) return 'unknown';
  const method = /(\w+) load CRS/.exec(text.suffix)?.[1];
  if (method === undefined) return 'basic';
  return method === 'static' || method === 'dynamic' ? method : 'unknown';
}

export type LrmWord =
  | 'active'
  | 'idle'
  | 'waitingForLock'
  | 'lostLock'
  | 'maintenance'
  | 'restarting'
  | 'shuttingDown'
  | 'disarmed'
  | 'silent'
  | 'clockDrift'
  | 'unreadable'
  | 'unknown';

/** A map, because a word may be that of a property which every object has. */
const lrmWords: ReadonlyMap<string, LrmWord> = new Map(
  Object.entries({
    active: 'active',
    idle: 'idle',
    wait_for_agent_lock: 'waitingForLock',
    lost_agent_lock: 'lostLock',
    maintenance: 'maintenance',
    'maintenance mode': 'maintenance',
    'restart mode': 'restarting',
    'reboot mode': 'restarting',
    'shutdown mode': 'shuttingDown',
    'disarm mode': 'disarmed',
    'old timestamp - dead?': 'silent',
    'detected time drift!': 'clockDrift',
    'unable to read lrm status': 'unreadable',
  } satisfies Record<string, LrmWord>),
);

/** State of a node's LRM from its row's text. */
export function lrmWord(text: HaStatusText | null): LrmWord {
  return lrmWords.get(text?.word ?? '') ?? 'unknown';
}
