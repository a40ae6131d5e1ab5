export const rootDir: string;
export const cacheDir: string;
export const resultsDir: string;
export const editorHostPackage: string;
export type EditorHostName = 'newest' | 'oldest';
export interface EditorHostPaths {
  readonly vscodeDir: string;
  readonly serverMain: string;
}
export interface EditorHost extends EditorHostPaths {
  readonly name: EditorHostName;
  /** Of the package, not of the VS Code in it. */
  readonly version: string;
  readonly nodeMajor: number;
  readonly dir: string;
  /** File that each native module is built into, by module. */
  readonly natives: Readonly<Record<string, string>>;
  /** Versions of the registry for what the package takes from elsewhere; null: it is installed as it is. */
  readonly pins: Readonly<Record<string, string>> | null;
}
export function editorHost(name?: EditorHostName): EditorHost;
export function editorHostPaths(dir: string): EditorHostPaths;
export class SetupError extends Error {}
export interface RunStepOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Says how far the step is, for the line printed every few seconds. */
  readonly detail?: () => string | undefined;
}
export function nodePlatformPackage(): string;
export function findNode(major?: number): string | undefined;
export function findNodeHeaders(major?: number): string | undefined;
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
