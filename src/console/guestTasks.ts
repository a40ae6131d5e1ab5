import { redactText } from '../base/redact.ts';
import { plainText } from '../base/text.ts';
import type { GuestTask } from '../contract/model/guestDetail.ts';
import type { GuestTaskRow } from '../contract/panels.ts';
import type { StateView } from '../contract/stateView.ts';
import { stateView } from './states.ts';

/** Task types of Proxmox in words; others keep their own name. */
const taskWords: Readonly<Record<string, string>> = {
  qmstart: 'start',
  qmstop: 'stop',
  qmshutdown: 'shut down',
  qmreboot: 'reboot',
  qmreset: 'reset',
  qmsuspend: 'suspend',
  qmresume: 'resume',
  qmpause: 'pause',
  qmcreate: 'create',
  qmclone: 'clone',
  qmconfig: 'change configuration',
  qmigrate: 'migrate',
  qmdestroy: 'destroy',
  qmtemplate: 'make a template',
  qmrestore: 'restore',
  qmsnapshot: 'take a snapshot',
  qmdelsnapshot: 'delete a snapshot',
  qmrollback: 'roll back to a snapshot',
  vzstart: 'start',
  vzstop: 'stop',
  vzshutdown: 'shut down',
  vzreboot: 'reboot',
  vzcreate: 'create',
  vzclone: 'clone',
  vzmigrate: 'migrate',
  vzdestroy: 'destroy',
  vzrestore: 'restore',
  vzsnapshot: 'take a snapshot',
  vzdump: 'back up',
  hastart: 'ask HA to start',
  hastop: 'ask HA to stop',
  hashutdown: 'ask HA to shut down',
  hamigrate: 'ask HA to migrate',
  harelocate: 'ask HA to relocate',
  vncproxy: 'open console',
  spiceproxy: 'open console',
};

/** What a task does: "migrate". */
export function taskWord(type: string): string {
  return taskWords[type] ?? plainText(type, 60);
}

/** Result of a task: Proxmox's own text decides; a task that ended without one is not called done. */
export function taskState(
  task: Pick<GuestTask, 'type' | 'status' | 'startS' | 'endS'>,
  clockOffsetMs = 0,
): StateView {
  const { status } = task;
  if (status === null || status === '') {
    return task.endS === null
      ? stateView(
          'running',
          'busy',
          'sync',
          'Proxmox works on it.',
          null,
          task.startS === null ? null : task.startS * 1000 + clockOffsetMs,
        )
      : stateView(
          'outcome unknown',
          'unknown',
          'question',
          'It ended, but how is not told.',
          'Open its task log in Proxmox.',
        );
  }
  if (status === 'OK') {
    return task.type.startsWith('ha')
      ? stateView('requested', 'calm', 'pass', 'HA took the request; the HA state tells what came of it.')
      : stateView('done', 'calm', 'pass', 'Proxmox finished.');
  }
  const words = plainText(redactText(status), 200);
  if (status.startsWith('WARNINGS')) {
    return stateView(
      'done with warnings',
      'warn',
      'warning',
      `Proxmox finished and said: "${words}".`,
      'Open its task log in Proxmox.',
    );
  }
  return stateView(
    `failed: ${plainText(words, 80)}`,
    'fail',
    'error',
    `Proxmox said: "${words}".`,
    'Open its task log in Proxmox.',
  );
}

/** A task as a row of the guest page, times on the console's clock. */
export function taskRow(task: GuestTask, clockOffsetMs: number): GuestTaskRow {
  const { startS, endS } = task;
  return {
    upid: plainText(task.upid, 300),
    what: taskWord(task.type),
    user: task.user === null ? 'not told' : plainText(task.user, 80),
    startMs: startS === null ? null : startS * 1000 + clockOffsetMs,
    durationMs: startS === null || endS === null ? null : Math.max(0, endS - startS) * 1000,
    result: taskState(task, clockOffsetMs),
  };
}
