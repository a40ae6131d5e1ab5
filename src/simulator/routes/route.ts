import { PveError, parameterError } from '../pveError.ts';
import type { ClusterView } from '../world/clusterView.ts';
import type { GuestType, GuestWorld, NodeWorld } from '../world/model.ts';
import type { Random } from '../world/random.ts';

/** What a handler may use to make its answer. */
export interface RouteContext {
  readonly view: ClusterView;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Order of lists that Proxmox leaves to chance. */
  readonly random: Random;
  /** Who calls: a user, or a token with its name. */
  readonly user: string;
  /** Whether the caller has a privilege on a path. */
  mayUse(path: string, privilege: string): boolean;
}

/** Data of an answer, with what travels beside `data`. */
export interface RouteReply {
  readonly data: unknown;
  /** Number of rows there would be without a limit. */
  readonly total?: number;
}

export interface Route {
  readonly method: 'GET';
  /** Path below `/api2/json`, with `{name}` for parameters. `{node}` makes the call go to that node. */
  readonly template: string;
  /** Path and privilege the caller needs; `{name}` in the path is filled in. */
  readonly privilege?: readonly [path: string, privilege: string];
  handle(context: RouteContext): RouteReply;
}

export function get(
  template: string,
  privilege: readonly [path: string, privilege: string] | null,
  handle: (context: RouteContext) => RouteReply,
): Route {
  return privilege === null
    ? { method: 'GET', template, handle }
    : { method: 'GET', template, privilege, handle };
}

export function reply(data: unknown): RouteReply {
  return { data };
}

/** The node named in the path; the caller has checked that it exists. */
export function pathNode({ view, parameters }: RouteContext): NodeWorld {
  const node = view.cluster.nodes.get(parameters.node ?? '');
  if (node === undefined) throw new PveError(500, `hostname lookup '${parameters.node}' failed\n`);
  return node;
}

/** The guest named in the path, which must lie on the node named in the path. */
export function pathGuest(context: RouteContext): GuestWorld {
  const { view, parameters } = context;
  const type: GuestType = parameters.type === 'lxc' ? 'lxc' : 'qemu';
  const vmid = Number(parameters.vmid);
  if (!Number.isInteger(vmid))
    throw parameterError({ vmid: `type check ('integer') failed - got '${parameters.vmid}'` });
  const guest = view.cluster.guests.get(vmid);
  const node = pathNode(context).name;
  if (guest === undefined || guest.type !== type || view.nodeOf(guest) !== node) {
    const folder = type === 'qemu' ? 'qemu-server' : 'lxc';
    throw new PveError(500, `Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist\n`);
  }
  return guest;
}

/** Reads a whole number from the query, as the schema check of Proxmox does. */
export function integerParameter(
  query: URLSearchParams,
  name: string,
  fallback: number,
  minimum = 0,
): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^-?\d+$/.test(text))
    throw parameterError({ [name]: `type check ('integer') failed - got '${text}'` });
  const value = Number(text);
  if (value < minimum) throw parameterError({ [name]: `value must have a minimum value of ${minimum}` });
  return value;
}

/** Reads one of the allowed words from the query. */
export function enumParameter<T extends string>(
  query: URLSearchParams,
  name: string,
  allowed: readonly T[],
): T | null {
  const text = query.get(name);
  if (text === null) return null;
  const found = allowed.find((word) => word === text);
  if (found === undefined) {
    throw parameterError({
      [name]: `value '${text}' does not have a value in the enumeration '${allowed.join(', ')}'`,
    });
  }
  return found;
}
