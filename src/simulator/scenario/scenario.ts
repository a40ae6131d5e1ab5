import type { WorldBehaviour } from '../world/behaviour.ts';
import type { ClusterWorld } from '../world/model.ts';

/** What a scenario waits for before it goes on; seconds of the world's own time. */
export type Wait =
  | { readonly kind: 'time'; readonly seconds: number }
  | {
      readonly kind: 'until';
      /** Looked at in every step of the world. */
      readonly isSo: () => boolean;
      /** Goes on after this long at the latest. */
      readonly atMostSeconds: number;
    };

/** Where a scenario plays: it acts on the cluster and says what happens. */
export interface Stage {
  readonly cluster: ClusterWorld;
  /** Tells the watcher what happens now. */
  say(text: string): void;
  do(act: (behaviour: WorldBehaviour, nowMs: number) => void): void;
}

/** A situation that an operator should have seen once before it is real. */
export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  readonly description: string;
  /** Whether the cluster has what the scenario needs. */
  fits(cluster: ClusterWorld): boolean;
  /** The course of events. What it changed is put back in its `finally`, so that it can be stopped anywhere. */
  play(stage: Stage): Generator<Wait, void, void>;
}

export const scenarioIds = [
  'node-failure',
  'split',
  'rolling-reboot',
  'rule-conflict',
  'group-migration',
] as const;
export type ScenarioId = (typeof scenarioIds)[number];

/** Waits for some seconds. */
export function seconds(count: number): Wait {
  return { kind: 'time', seconds: count };
}

/** Waits until something is so, at most for some seconds. */
export function until(isSo: () => boolean, atMostSeconds: number): Wait {
  return { kind: 'until', isSo, atMostSeconds };
}

/** Nodes that run HA services now, the busiest first. */
export function busyNodes({ nodes, store }: ClusterWorld): string[] {
  const counts = new Map([...nodes.keys()].map((name) => [name, 0]));
  for (const { node, state } of Object.values(store.managerStatus?.service_status ?? {}))
    if (node !== undefined && state === 'started') counts.set(node, (counts.get(node) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name]) => name);
}

/** Whether the manager sees every node online and no service is anywhere between two states. */
export function isQuiet({ nodes, store, quorate }: ClusterWorld): boolean {
  const manager = store.managerStatus;
  if (manager === null || !quorate) return false;
  if ([...nodes.keys()].some((name) => manager.node_status[name] !== 'online')) return false;
  return Object.values(manager.service_status).every(({ state }) =>
    ['started', 'stopped', 'error'].includes(state),
  );
}
