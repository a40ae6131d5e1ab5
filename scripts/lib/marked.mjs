// Finds processes by a variable in their environment. Every process we start carries it and its children inherit it,
// so they are found again even when their parent is gone, which a process group alone does not give: browsers make
// groups of their own. Where there is no /proc (macOS) nothing is found, and ending the process itself must do.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export const markerName = 'PROXBOX_RUN';

/** A new marker below the one this process was started with. */
export function nestedMarker(outer = process.env[markerName] ?? '') {
  return `${outer}/${randomUUID()}`;
}

function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') {
      return undefined;
    }
    let marker;
    try {
      marker = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .find((entry) => entry.startsWith(`${markerName}=`))
        ?.slice(markerName.length + 1);
    } catch {
      // Not ours to read, so not ours.
    }
    return { pid, parentPid: Number(parent), marker };
  } catch {
    return undefined;
  }
}

/** Ids of living processes that carry this marker or descend from one that does, without this process itself. */
export function findMarkedProcesses(marker) {
  let names;
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  const rows = names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((row) => row !== undefined && row.pid !== process.pid);
  const found = new Set(
    rows.filter((row) => row.marker === marker || row.marker?.startsWith(`${marker}/`)).map((row) => row.pid),
  );
  let grew = true;
  while (grew) {
    grew = false;
    for (const row of rows) {
      if (found.has(row.parentPid) && !found.has(row.pid)) {
        found.add(row.pid);
        grew = true;
      }
    }
  }
  return [...found];
}

export function signalAll(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in the meantime.
    }
  }
}
