import { formatAge, formatBytes, formatPercent } from '../base/format.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { Fact, GuestPageModel } from '../contract/panels.ts';
import { clockText } from './clockText.ts';
import { explainFleetError } from './errorText.ts';
import { keptFrom } from './guestDetailParts.ts';
import type { GuestPageFacts } from './guestPageFacts.ts';
import { guestState, lockState } from './guestStates.ts';
import { nameText } from './rowWords.ts';
import { lastKnownState, notToldState, stateView } from './states.ts';
import { memoriesOf } from './unreadParts.ts';

/** Run state and figures of a guest; the figures of its detail are newer than those of the list. */
export function guestRunPart(facts: GuestPageFacts): GuestPageModel['guest'] {
  const { model, guest, detail, entry, context } = facts;
  const status = detail?.status ?? null;
  if (guest === null) {
    const missing = detail !== null && detail.guest === null && facts.reading.state === 'read';
    return {
      state: missing
        ? stateView(
            'no such guest',
            'unknown',
            'question',
            'No guest of this number is in the last known list.',
          )
        : notToldState('Nothing has been read about this guest yet.'),
      facts: [],
    };
  }
  const id = entry === undefined ? null : model.guestId(entry.id, guest.vmid);
  const verdict = id === null ? undefined : model.judgement(id)?.state;
  const isMemory =
    context === undefined || context.lastKnown !== null || memoriesOf('guest', context.cluster) !== 'none';
  const run = verdict ?? guestState(guest, { nodeLost: false });
  // Figures that were read long ago give way to those of the fleet.
  const keptMs = keptFrom(facts.reading, 'status');
  const current = keptMs === null ? status : null;
  const cpu = current?.cpuRatio ?? guest.cpuRatio;
  const cores = current?.maxCpu ?? guest.maxCpu;
  const memory = current?.memoryBytes ?? guest.memoryBytes;
  const maxMemory = current?.maxMemoryBytes ?? guest.maxMemoryBytes;
  const disk = current?.maxDiskBytes ?? guest.maxDiskBytes;
  const lock = lockState(guest.lock);
  return {
    state: isMemory ? lastKnownState(run) : run,
    facts: [
      {
        label: 'Lock',
        value: lock === null ? 'none' : lock.label,
        ...(lock === null ? {} : { state: lock }),
      },
      {
        label: 'Uptime',
        value: `${uptimeText(status?.uptimeS ?? null, guest.status)}${keptMs === null ? '' : ` at ${clockText(keptMs)}`}`,
      },
      { label: 'CPU', value: `${cpu === null ? 'not told' : formatPercent(cpu)} of ${coresText(cores)}` },
      {
        label: 'Memory',
        value: `${memory === null ? 'not told' : formatBytes(memory)} of ${maxMemory === null ? 'not told' : formatBytes(maxMemory)}`,
      },
      { label: 'Disk', value: disk === null ? 'not told' : formatBytes(disk) },
      ...(guest.tags.length === 0 ? [] : [{ label: 'Tags', value: guest.tags.map(nameText).join(', ') }]),
      ...(guest.pool === null ? [] : [{ label: 'Pool', value: nameText(guest.pool) }]),
      ...(guest.template ? [{ label: 'Template', value: 'yes' }] : []),
      ...errorFact('Run state figures', detail?.statusError ?? null),
    ],
  };
}

function coresText(cores: number | null): string {
  if (cores === null) return 'an unknown number of cores';
  return cores === 1 ? '1 core' : `${cores} cores`;
}

function uptimeText(uptimeS: number | null, status: string | null): string {
  if (uptimeS === null) return 'not told';
  return uptimeS === 0 && status !== 'running' ? 'not running' : formatAge(uptimeS * 1000);
}

function errorFact(label: string, error: FleetError | null): Fact[] {
  return error === null
    ? []
    : [{ label, value: `not readable: ${explainFleetError(error, { connectionName: '' }).what}` }];
}
