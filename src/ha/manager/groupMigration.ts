import { type HaEnvironment, StoreFailure } from '../haEnvironment.ts';
import { hasActiveServices, type ManagerRecord, type ServiceConfig, sortedKeys } from '../haRecords.ts';
import { ruleIdOfGroup, rulesOfGroups } from '../rules/compileRules.ts';
import { isOn, type Section } from '../rules/sections.ts';

const roundsBeforeFirstTry = 3;
const roundsBetweenTries = 6;
const firstVersion = [9, 0, 0] as const;
/** Within 9.0.0, the pre-release from which on a node can do without groups. */
const firstPreRelease = 16;

/** Turns HA groups into rules once every node of the cluster can read rules (Proxmox VE 9). */
export class GroupMigration {
  #rounds = roundsBeforeFirstTry;

  /** One round. Failing to see that all nodes are ready is told by two errors and tried again later. */
  step(env: HaEnvironment, record: ManagerRecord): void {
    const groups = env.readGroups();
    if (groups.length === 0) return;
    this.#rounds -= 1;
    if (this.#rounds > 0) return;
    this.#rounds = roundsBetweenTries;
    if (isReady(env, record)) migrate(env, groups);
    else {
      env.err();
      env.err();
    }
  }
}

/** Failback of services in a group is the group's; without a group it is their own. */
export function applyGroupFailback(
  services: Readonly<Record<string, ServiceConfig>>,
  groups: readonly Section[],
): void {
  for (const config of Object.values(services))
    if (config.group !== null) config.failback = groupFailback(config.group, groups);
}

function groupFailback(group: string, groups: readonly Section[]): boolean {
  return !isOn(groups.find(({ id }) => id === group)?.properties.nofailback);
}

function isReady(env: HaEnvironment, record: ManagerRecord): boolean {
  if (!env.isQuorate()) return false;
  try {
    return sortedKeys(record.node_status).every((node) => {
      if (record.node_status[node] !== 'online') return false;
      const { state, mode } = env.readLrm(node);
      if (state === undefined || mode !== 'active') return false;
      const isIdle = state === 'wait_for_agent_lock' && !hasActiveServices(record.service_status, node);
      return (state === 'active' || isIdle) && canReadRules(env.nodeVersion(node));
    });
  } catch (error) {
    if (error instanceof StoreFailure) return false;
    throw error;
  }
}

/** Whether a version of pve-manager, such as `9.0.0~16`, is new enough. A node that tells none counts as older. */
export function canReadRules(version: string | null): boolean {
  const [, major, minor, patch, preRelease] =
    /^(\d+)\.(\d+)[.-](\d+)(?:~(\d+))?/.exec(version ?? '9.0.0~2') ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return false;
  const own = [Number(major), Number(minor), Number(patch)];
  for (const [index, wanted] of firstVersion.entries()) {
    const part = own[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return preRelease === undefined || Number(preRelease) >= firstPreRelease;
}

/** A rule keeps its group's comment; without one it says where it comes from, in Proxmox's own words. */
function commentOf(ruleId: string, groups: readonly Section[]): string {
  const group = groups.find(({ id }) => ruleIdOfGroup(id) === ruleId);
  return group?.properties.comment ?? `Generated from HA group '${group?.id ?? ''}'.`;
}

function migrate(env: HaEnvironment, groups: readonly Section[]): void {
  const services = env.readServices();
  const rules = rulesOfGroups(groups, services).map(
    ({ id, resources, nodes, isStrict }): Section => ({
      type: 'node-affinity',
      id,
      properties: {
        resources: [...resources].join(','),
        nodes: [...nodes].map(([node, priority]) => `${node}:${priority}`).join(','),
        ...(isStrict ? { strict: '1' } : {}),
        comment: commentOf(id, groups),
      },
    }),
  );
  env.writeRules([...env.readRules(), ...rules]);
  for (const sid of sortedKeys(services)) {
    const group = services[sid]?.group ?? null;
    if (group === null) continue;
    const failback = groupFailback(group, groups);
    env.removeServiceGroup(sid);
    if (!failback) env.setServiceFailback(sid, false);
  }
  env.dropGroups();
}
