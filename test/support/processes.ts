// Processes for tests: none of them outlives the test run, however it ends.
import path from 'node:path';
import { rootDir } from '../../scripts/lib/base.mjs';
import { type OwnedProcess, startOwned } from '../../scripts/lib/processes.ts';

export { freePort, type OwnedProcess, startOwned, waitUntil } from '../../scripts/lib/processes.ts';

export interface ReadyProgram {
  readonly process: OwnedProcess;
  /** The first line of JSON it printed on stdout. */
  readonly ready: unknown;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a program of this project (`src/simulator/cli.ts`) and resolves when it prints its line `{"ready":true,…}`.
 * Rejects with its output when it ends before or takes longer than the deadline.
 */
export async function startProgram(
  file: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string | undefined>>; readonly deadlineMs?: number } = {},
): Promise<ReadyProgram> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  let stdout = '';
  let onReady: (value: unknown) => void = () => {};
  const readyLine = new Promise<unknown>((resolve) => {
    onReady = resolve;
  });
  const owned = startOwned(process.execPath, [path.resolve(rootDir, file), ...args], {
    cwd: rootDir,
    env: options.env,
    onOutput: (text, stream) => {
      if (stream !== 'stdout') {
        return;
      }
      stdout += text;
      const lines = stdout.split('\n');
      stdout = lines.pop() ?? '';
      for (const line of lines) {
        try {
          const value: unknown = JSON.parse(line);
          if (typeof value === 'object' && value !== null && 'ready' in value && value.ready === true) {
            onReady(value);
          }
        } catch {
          // Programs may print other lines too.
        }
      }
    },
  });
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${file} was not ready within ${deadlineMs} ms.\n${owned.output()}`)),
      deadlineMs,
    );
    void owned.exited.then((code) =>
      reject(new Error(`${file} ended with ${code ?? 'a signal'} before it was ready.\n${owned.output()}`)),
    );
  });
  try {
    const ready = await Promise.race([readyLine, failed]);
    return { process: owned, ready, stop: () => owned.stop() };
  } catch (error) {
    await owned.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
