export const markerName: string;
export function nestedMarker(outer?: string): string;
export function findMarkedProcesses(marker: string): number[];
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void;
