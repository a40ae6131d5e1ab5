import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { findMarkedProcesses, markerName, nestedMarker, signalAll } from './marked.mjs';

/** Marks this process's children; nested below the marker of the run that started this process. */
const ownMarker = nestedMarker();

export interface OwnedProcess {
  readonly child: ChildProcess;
  /** Everything it wrote on stdout and stderr; the last 200 kB. */
  readonly output: () => string;
  /** Resolves with the exit code (null: ended by a signal) when the process itself ends. */
  readonly exited: Promise<number | null>;
  /** Asks it to end, waits up to `graceMs` and then kills it with everything it started. Safe to call twice. */
  readonly stop: (graceMs?: number) => Promise<void>;
  /** Processes of it that still live. */
  readonly survivors: () => number[];
}

export interface OwnedProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called with each piece of output. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Gives the child the terminal instead of collecting its output. */
  readonly inherit?: boolean;
  /** Runs it as somebody else; only root may. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

const living = new Set<() => void>();
let cleansUpOnExit = false;

function cleanUpOnExit(): void {
  if (cleansUpOnExit) {
    return;
  }
  cleansUpOnExit = true;
  process.on('exit', () => {
    for (const kill of living) {
      kill();
    }
    signalAll(findMarkedProcesses(ownMarker), 'SIGKILL');
  });
}

/** Marks what other libraries start from this process (a browser), so that it ends with this process at the latest. */
export function markOwnChildren(): void {
  process.env[markerName] = ownMarker;
  cleanUpOnExit();
}

/** Starts a process that cannot outlive this one: it ends by `stop`, or when this process exits. */
export function startOwned(
  command: string,
  args: readonly string[],
  options: OwnedProcessOptions = {},
): OwnedProcess {
  cleanUpOnExit();
  const marker = nestedMarker(ownMarker);
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, [markerName]: marker },
    stdio: options.inherit ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    ...options.user,
  });
  let output = '';
  const collect = (stream: 'stdout' | 'stderr') => (data: string) => {
    output = (output + data).slice(-200_000);
    options.onOutput?.(data, stream);
  };
  child.stdout?.setEncoding('utf8').on('data', collect('stdout'));
  child.stderr?.setEncoding('utf8').on('data', collect('stderr'));
  const survivors = (): number[] => {
    const self =
      child.pid !== undefined && child.exitCode === null && child.signalCode === null ? [child.pid] : [];
    return [...new Set([...self, ...findMarkedProcesses(marker)])];
  };
  const kill = (): void => signalAll(survivors(), 'SIGKILL');
  living.add(kill);
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += `\n${error.message}`;
      resolve(127);
    });
    child.once('exit', (code) => resolve(code));
  });
  const stop = async (graceMs = 5_000): Promise<void> => {
    const deadline = performance.now() + graceMs;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
    }
    signalAll(findMarkedProcesses(marker), 'SIGTERM');
    while (survivors().length > 0 && performance.now() < deadline) {
      await delay(50);
    }
    // A dying parent may still start children, so one pass is not enough.
    while (survivors().length > 0) {
      kill();
      await delay(50);
    }
    living.delete(kill);
  };
  return { child, output: () => output, exited, stop, survivors };
}

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (typeof address !== 'object' || address === null) {
    throw new Error('No free port on loopback.');
  }
  return address.port;
}

/** Waits until `condition` gives something truthy. Its own failure is the reason told when the deadline passes. */
export async function waitUntil<T>(
  what: string,
  condition: () => Promise<T> | T,
  deadlineMs: number,
  intervalMs = 100,
): Promise<NonNullable<T>> {
  const startedAt = performance.now();
  let reason = '';
  for (;;) {
    try {
      const value = await condition();
      if (value) {
        return value;
      }
    } catch (error) {
      reason = ` ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() - startedAt > deadlineMs) {
      throw new Error(`Waited ${Math.round(deadlineMs / 1000)} s in vain for ${what}.${reason}`);
    }
    await delay(intervalMs);
  }
}
