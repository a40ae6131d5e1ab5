import { PveError } from '../pveError.ts';
import { startGuest, stopGuest } from '../world/guestJobs.ts';
import { type GuestWorld, sidOf } from '../world/model.ts';
import { flag, integer, type Rules, text } from './parameters.ts';
import { forBothTypes, requireUnlocked, type WriteContext, word, writableGuest } from './writeContext.ts';

type Action = 'start' | 'stop' | 'shutdown' | 'reboot';

const rules: Readonly<Record<Action, Rules>> = {
  start: {
    skiplock: flag,
    timeout: integer(0),
    debug: flag,
    'force-cpu': text(),
    machine: text(),
  },
  stop: { skiplock: flag, timeout: integer(0), keepActive: flag, 'overrule-shutdown': flag },
  shutdown: { skiplock: flag, timeout: integer(0), forceStop: flag, keepActive: flag },
  reboot: { timeout: integer(0) },
};

/** `POST …/status/start`, `stop`, `shutdown` and `reboot`. HA-managed guests are started and stopped by HA. */
export const powerRoutes = forBothTypes((type) =>
  (['start', 'stop', 'shutdown', 'reboot'] as const).map((action) => ({
    method: 'POST' as const,
    template: `/nodes/{node}/${type}/{vmid}/status/${action}`,
    rules: rules[action],
    privileges: [{ path: '/vms/{vmid}', privileges: ['VM.PowerMgmt'] }],
    handle: (context: WriteContext) => power(context, action),
  })),
);

function power(context: WriteContext, action: Action): string {
  const guest = writableGuest(context);
  const { view, live } = context;
  checkAtCall(guest, action);
  const resource = view.cluster.store.resources.get(sidOf(guest));
  if (action !== 'reboot' && resource !== undefined && resource.state !== 'ignored')
    return askHa(context, guest, action === 'start' ? 'start' : 'stop');
  const { guestStartMs, guestStopMs } = view.cluster.timings;
  const task = live.workers.start(
    {
      node: view.nodeOf(guest),
      type: `${guest.type === 'qemu' ? 'qm' : 'vz'}${action}`,
      id: String(guest.vmid),
      user: context.user,
      holds: [guest.vmid],
      durationMs: durationOf(action, guestStartMs, guestStopMs),
      stages: [
        { share: 0, run: () => checkInTask(context, guest, action) },
        {
          share: 1,
          run(_task, nowMs) {
            if (action !== 'start') stopGuest(guest);
            if (action === 'start' || action === 'reboot') startGuest(guest, nowMs, context.random);
          },
        },
      ],
    },
    view.nowMs,
  );
  return task.upid;
}

function durationOf(action: Action, startMs: number, stopMs: number): number {
  if (action === 'start') return startMs;
  // Pulling the plug takes no time to speak of.
  if (action === 'stop') return stopMs / 5;
  return action === 'reboot' ? startMs + stopMs : stopMs;
}

/** What is refused before a task exists; the kinds differ. */
function checkAtCall(guest: GuestWorld, action: Action): void {
  const runs = guest.startedAtMs !== null;
  const name = `${word(guest.type)} ${guest.vmid}`;
  if (guest.type === 'lxc') {
    if (action === 'start' && runs) throw new PveError(500, `${name} already running\n`);
    if ((action === 'stop' || action === 'shutdown') && !runs)
      throw new PveError(500, `${name} not running\n`);
  }
  if (guest.type === 'qemu' && guest.status === 'paused' && (action === 'shutdown' || action === 'reboot'))
    throw new PveError(500, 'VM is paused - cannot shutdown\n');
  if (action === 'reboot' && !runs) throw new PveError(500, `VM ${guest.vmid} not running\n`);
}

/** What ends the task at once. */
function checkInTask(context: WriteContext, guest: GuestWorld, action: Action): void {
  if (action !== 'start') {
    if (action === 'shutdown' && guest.startedAtMs === null) throw new Error(`VM ${guest.vmid} not running`);
    return;
  }
  if (guest.template)
    throw new Error(`you can't start a ${guest.type === 'qemu' ? 'vm' : 'CT'} if it's a template`);
  requireUnlocked(context, guest);
  if (guest.startedAtMs !== null) throw new Error(`VM ${guest.vmid} already running`);
}

/** The task only passes the wish on; the HA manager follows it in its own time. */
function askHa({ view, live, user }: WriteContext, guest: GuestWorld, verb: 'start' | 'stop'): string {
  const sid = sidOf(guest);
  const task = live.workers.start(
    {
      node: view.nodeOf(guest),
      type: `ha${verb}`,
      id: String(guest.vmid),
      user,
      holds: [],
      durationMs: view.cluster.timings.guestStopMs / 5,
      stages: [
        {
          share: 1,
          run(task, nowMs) {
            task.log.push(`Requesting HA ${verb} for ${word(guest.type)} ${guest.vmid}`);
            const state = view.cluster.store.managerStatus?.service_status[sid]?.state;
            if (verb === 'start' && state === 'error')
              throw new Error(`command 'ha-manager set ${sid} --state started' failed: exit code 255`);
            live.behaviour.setHaResource(sid, { state: verb === 'start' ? 'started' : 'stopped' }, nowMs);
          },
        },
      ],
    },
    view.nowMs,
  );
  return task.upid;
}
