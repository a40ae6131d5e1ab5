import { PveError } from '../pveError.ts';
import { pathGuest, type RouteContext } from '../routes/route.ts';
import type { GuestType, GuestWorld } from '../world/model.ts';
import { lockTimeout } from '../world/workers.ts';
import type { LiveCluster } from '../world/world.ts';
import type { Params, Rules } from './parameters.ts';

/** What a write may use. */
export interface WriteContext extends RouteContext {
  readonly live: LiveCluster;
  /** Form fields or query, checked against the route's rules. */
  readonly params: Params;
}

/** A path that changes something. */
export interface WriteRoute {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Path below `/api2/json`, with `{name}` for parameters. */
  readonly template: string;
  readonly rules: Rules;
  /** Privileges the route itself asks for; checked before the parameters. */
  readonly privileges?: readonly PrivilegeCheck[];
  /** Answers with the `data` of the reply: a task's identifier, as a rule. */
  handle(context: WriteContext): unknown;
}

/** One of the privileges, or all of them, on a path in which `{name}` is filled in. */
export interface PrivilegeCheck {
  readonly path: string;
  readonly privileges: readonly string[];
  /** Any one of them is enough. */
  readonly any?: boolean;
}

/** A route that exists for both kinds of guests; the handler is told which by `parameters.type`. */
export function forBothTypes(make: (type: GuestType) => readonly WriteRoute[]): WriteRoute[] {
  return (['qemu', 'lxc'] as const).flatMap((type) =>
    make(type).map((route) => ({
      ...route,
      handle: (context: WriteContext) =>
        route.handle({ ...context, parameters: { ...context.parameters, type } }),
    })),
  );
}

/** 403 unless the caller has the privileges. */
export function requirePrivileges(
  { mayUse, parameters }: Pick<WriteContext, 'mayUse' | 'parameters'>,
  { path, privileges, any }: PrivilegeCheck,
): void {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => parameters[name] ?? '');
  const granted =
    any === true
      ? privileges.some((privilege) => mayUse(filled, privilege))
      : privileges.every((privilege) => mayUse(filled, privilege));
  if (!granted) throw new PveError(403, `Permission check failed (${filled}, ${privileges.join('|')})\n`);
}

/** 500 in the cluster file system's words when the answering node has no quorum. */
export function requireQuorum({ view }: WriteContext): void {
  if (!view.quorate) throw new PveError(500, 'cluster not ready - no quorum?\n');
}

/** `VM` or `CT`, as messages call a guest. */
export function word(type: GuestType): 'VM' | 'CT' {
  return type === 'qemu' ? 'VM' : 'CT';
}

/** 500 when something else holds the guest's configuration. Root may look over that. */
export function requireUnlocked({ params }: Pick<WriteContext, 'params'>, guest: GuestWorld): void {
  if (guest.lock !== null && params.skiplock !== '1')
    throw new PveError(500, `${word(guest.type)} is locked (${guest.lock})\n`);
}

/** 500 when a task works on the guest and the call itself needs its file lock: the real one waits and gives up. */
export function requireIdle({ live, view }: WriteContext, { vmid }: GuestWorld): void {
  if (live.workers.holds(vmid)) throw new PveError(500, `${lockTimeout(view.cluster, vmid)}\n`);
}

/** The guest a write is about: it must be there and this node must be able to write. */
export function writableGuest(context: WriteContext): GuestWorld {
  const guest = pathGuest(context);
  requireQuorum(context);
  return guest;
}

/** 500 `VM 100 already exists on node …` when a number is taken anywhere in the cluster. */
export function requireFreeVmid({ view }: WriteContext, vmid: number, prefix = ''): void {
  const other = view.cluster.guests.get(vmid);
  if (other === undefined) return;
  throw new PveError(
    500,
    `${prefix}${word(other.type)} ${vmid} already exists on node '${view.nodeOf(other)}'\n`,
  );
}

/** 500 when a pool is named that does not exist. */
export function requirePool({ view }: WriteContext, pool: string | undefined): void {
  if (pool !== undefined && !view.cluster.pools.has(pool))
    throw new PveError(500, `pool '${pool}' does not exist\n`);
}

/** VM.Allocate on the guest or on the pool it is made in; 403 without. */
export function requireAllocate(context: WriteContext, vmid: number, pool: string | undefined): void {
  if (context.mayUse(`/vms/${vmid}`, 'VM.Allocate')) return;
  if (pool !== undefined && context.mayUse(`/pool/${pool}`, 'VM.Allocate')) return;
  throw new PveError(403, 'Permission check failed\n');
}
