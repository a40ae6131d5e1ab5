export const rootDir: string;
export const cacheDir: string;
export const resultsDir: string;
export const editorHostPackage: string;
export const editorHostVersion: string;
export const editorHostDir: string;
export const editorHostVscodeDir: string;
export const editorServerMain: string;
export class SetupError extends Error {}
export interface RunStepOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Says how far the step is, for the line printed every few seconds. */
  readonly detail?: () => string | undefined;
}
export function nodePlatformPackage(): string;
export function findNode24(): string | undefined;
export function findNode24Headers(): string | undefined;
export function findBrowser(): string | undefined;
export function cleanNpmEnv(extra?: Record<string, string>): NodeJS.ProcessEnv;
export function secondsSince(startedAt: number): string;
export function announce(text: string): void;
export function runStep(
  title: string,
  command: string,
  args: readonly string[],
  options?: RunStepOptions,
): Promise<void>;
export function withLock<T>(name: string, body: () => Promise<T> | T): Promise<T>;
export function handOver(file: string, args: readonly string[]): void;
export function runMain(main: () => Promise<void> | void): Promise<void>;
