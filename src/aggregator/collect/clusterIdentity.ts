import { isStandalone, pveClusterStatusRow } from '../../pve/clusterStatus.ts';
import { parsePveRows } from '../../pve/values.ts';

/** What tells one Proxmox cluster from another in a `/cluster/status`. */
interface Identity {
  /** Name of the cluster; `null` for a node that stands alone. */
  readonly name: string | null;
  /** Addresses by member name; `null` where Proxmox never learned it. */
  readonly members: ReadonlyMap<string, string | null>;
}

/**
 * Remembers which cluster the addresses of one configured cluster lead to, so that an address of another cluster is not
 * taken for one of this. The first good answer teaches it. An address that told this cluster before may tell a new name or
 * new members, as clusters change; one that never did has to match.
 */
export class ClusterIdentity<Address> {
  #known: Identity | null = null;
  readonly #trusted = new Set<Address>();

  /**
   * Looks at the data of `/cluster/status` that an address gave. Answers why it is another cluster's, `null` when it is
   * this cluster's or when it does not say.
   */
  judge(address: Address, data: unknown): string | null {
    const told = identityOf(data);
    if (told === null) return null;
    const known = this.#known;
    if (known !== null && !(this.#trusted.has(address) ? mayHaveBecome(known, told) : isSame(known, told)))
      return `the address leads to another cluster: it tells ${words(told)}, not ${words(known)}`;
    this.#trusted.add(address);
    this.#known = told;
    return null;
  }
}

/** `null` when rows may be missing, because a part of a cluster looks like another one. */
function identityOf(data: unknown): Identity | null {
  if (!Array.isArray(data)) return null;
  const { rows, dropped } = parsePveRows(pveClusterStatusRow, data);
  const cluster = rows.find((row) => row.type === 'cluster');
  const members = new Map(
    rows.flatMap((row) => (row.type === 'node' && row.name !== null ? [[row.name, row.ip]] : [])),
  );
  if (dropped > 0 || members.size === 0) return null;
  if (cluster !== undefined) return cluster.name === null ? null : { name: cluster.name, members };
  return isStandalone(rows, dropped) ? { name: null, members } : null;
}

function isSame(known: Identity, told: Identity): boolean {
  return known.name === told.name && sharesMember(known, told, true);
}

function mayHaveBecome(known: Identity, told: Identity): boolean {
  return (known.name !== null && known.name === told.name) || sharesMember(known, told, false);
}

/** Whether a node is in both; nodes of one name at two addresses are two nodes, unless one may have moved. */
function sharesMember(known: Identity, told: Identity, byAddress: boolean): boolean {
  return [...told.members].some(([name, ip]) => {
    const before = known.members.get(name);
    if (before === undefined) return false;
    return !byAddress || before === null || ip === null || before === ip;
  });
}

function words({ name, members }: Identity): string {
  const nodes = [...members.keys()].sort().slice(0, 5).join(', ');
  return name === null ? `the lone node ${nodes}` : `"${name}" with ${nodes}`;
}
