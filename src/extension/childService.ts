import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Disposable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';

/** A program of ours that runs beside the extension host and says on its first line of output that it is ready. */
export interface ChildService extends Disposable {
  /** The ready line, parsed as JSON but not yet checked. */
  readonly ready: unknown;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

export interface ChildServiceOptions {
  /** Bundled script to run. */
  readonly script: string;
  readonly args: readonly string[];
  /** Written to its standard input as one JSON line; secrets go this way, never through arguments or environment. */
  readonly input: unknown;
  readonly logger: Logger;
  /** Short name for the log. */
  readonly label: string;
  readonly readyDeadlineMs: number;
}

/** How long a child may take to end by itself after its input was closed, milliseconds. */
const politeEndMs = 2_000;

/**
 * Starts a child on the editor's own Node and waits for its ready line. The child ends when its standard input closes,
 * which the operating system does for us even if the window is killed.
 */
export async function startChildService(options: ChildServiceOptions): Promise<ChildService> {
  const child = spawn(process.execPath, [options.script, ...options.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: childEnvironment(),
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  createInterface({ input: child.stderr }).on('line', (line) =>
    options.logger.debug(`[${options.label}] ${line}`),
  );
  child.stdin.on('error', () => undefined);
  if (options.input !== undefined) child.stdin.write(`${JSON.stringify(options.input)}\n`);
  try {
    const ready = await readyLine(child, options);
    return { ready, ended, dispose: () => endChild(child) };
  } catch (error) {
    endChild(child);
    throw error;
  }
}

function readyLine(child: ChildProcess, options: ChildServiceOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`${options.label} ${what}`));
    const deadline = setTimeout(
      () => fail(`was not ready within ${options.readyDeadlineMs} ms`),
      options.readyDeadlineMs,
    );
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => fail(`ended before it was ready (${signal ?? `code ${code}`})`));
    if (child.stdout === null) return fail('has no output');
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(deadline);
      try {
        resolve(JSON.parse(line));
      } catch {
        fail('said something other than its ready line');
      }
    });
  });
}

function endChild(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  const force = setTimeout(() => child.kill('SIGKILL'), politeEndMs);
  force.unref();
  child.once('exit', () => clearTimeout(force));
}

/** The editor's environment without what would turn the child into another editor process or a debuggee. */
function childEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !name.startsWith('VSCODE_') && name !== 'NODE_OPTIONS' && name !== 'ELECTRON_NO_ATTACH_CONSOLE',
  );
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}
