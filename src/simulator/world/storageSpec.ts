import type { ClusterWorld, StorageWorld } from './model.ts';
import type { Random } from './random.ts';

const gib = 1024 ** 3;
const dayS = 86_400;

/** A file that a storage has from the beginning: an image to install from, a template of a container. */
export interface FileSpec {
  readonly content: 'iso' | 'vztmpl';
  readonly name: string;
  readonly mib: number;
}

export interface StorageSpec {
  readonly storage: string;
  readonly type: string;
  readonly content: string;
  readonly shared?: boolean;
  readonly totalGib: number;
  /** On every node that has the storage. */
  readonly files?: readonly FileSpec[];
  readonly configuration: Readonly<Record<string, string | number>>;
}

export function buildStorage(
  spec: StorageSpec,
  nodes: readonly { readonly name: string }[],
  random: Random,
): StorageWorld {
  const totalBytes = spec.totalGib * gib;
  const names = spec.shared === true ? [''] : nodes.map((node) => node.name);
  return {
    storage: spec.storage,
    type: spec.type,
    content: spec.content,
    shared: spec.shared === true,
    totalBytes,
    usedBytes: new Map(names.map((name) => [name, Math.floor(totalBytes * (0.15 + 0.6 * random.next()))])),
    configuration: spec.configuration,
  };
}

/** Puts the described files where they lie. */
export function addFiles(cluster: ClusterWorld, specs: readonly StorageSpec[], nowMs: number): void {
  for (const { storage, shared, files = [] } of specs) {
    for (const node of shared === true ? [''] : cluster.nodes.keys()) {
      for (const [index, { content, name, mib }] of files.entries()) {
        const sizeBytes = mib * 1024 ** 2;
        cluster.volumes.put({
          volid: `${storage}:${content}/${name}`,
          storage,
          node,
          content,
          format: content === 'iso' ? 'iso' : templateFormat(name),
          vmid: null,
          ctime: Math.floor(nowMs / 1000) - (20 + 31 * index) * dayS,
          parent: null,
          sizeBytes,
          takenBytes: sizeBytes,
        });
      }
    }
  }
}

/** What lies on a storage takes room, at most nine tenths of it. */
export function settleUsage(cluster: ClusterWorld): void {
  const taken = new Map<string, number>();
  for (const volume of cluster.volumes.all) {
    const key = `${volume.node} ${volume.storage}`;
    taken.set(key, (taken.get(key) ?? 0) + volume.takenBytes);
  }
  for (const storage of cluster.storages) {
    for (const [node, used] of storage.usedBytes) {
      const least = Math.min(
        taken.get(`${node} ${storage.storage}`) ?? 0,
        Math.floor(storage.totalBytes * 0.9),
      );
      if (used < least) storage.usedBytes.set(node, least);
    }
  }
}

/** `tgz`, `txz` or `tzst`, as content lists call them. */
function templateFormat(name: string): string {
  return { gz: 'tgz', xz: 'txz', zst: 'tzst' }[/\.tar\.(gz|xz|zst)$/.exec(name)?.[1] ?? 'gz'] ?? 'tgz';
}
