import type { PlanFinding } from '../../../contract/intent/plan.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import type { ClusterFacts } from '../probe/clusterFacts.ts';
import type { ClusterProbe } from '../probe/clusterProbe.ts';
import { blocked, warning } from './findings.ts';

/** Room that new volumes of one plan take, so that several that fit alone are found when they do not fit together. */
export class StorageLedger {
  readonly #plannedBytes = new Map<string, number>();

  /** Whether a node has a storage, for this content, with room. */
  add(
    facts: ClusterFacts,
    node: string,
    storage: string,
    content: 'images' | 'rootdir',
    sizeGib: number | null,
    field: string,
  ): PlanFinding[] {
    const found = facts.storages.find(
      (candidate) => candidate.storage === storage && candidate.node === node,
    );
    if (found === undefined)
      return [blocked('storage_unknown', `Node ${node} has no storage ${storage}.`, field)];
    if (!found.available)
      return [blocked('storage_unavailable', `Storage ${storage} is not available on ${node}.`, field)];
    if (found.content.length > 0 && !found.content.includes(content))
      return [
        blocked(
          'storage_content',
          `Storage ${storage} takes ${found.content.join(', ')}, not ${content === 'images' ? 'disks of virtual machines' : 'container volumes'}.`,
          field,
        ),
      ];
    if (sizeGib === null) return [];
    // A shared storage is one, whichever node it is used from.
    const key = found.shared ? storage : `${node}/${storage}`;
    const planned = (this.#plannedBytes.get(key) ?? 0) + sizeGib * 1024 ** 3;
    this.#plannedBytes.set(key, planned);
    if (found.freeBytes === null)
      return [warning('storage_room_unknown', `How much room ${storage} has left was not told.`, field)];
    return planned > found.freeBytes
      ? [
          blocked(
            'storage_full',
            `Storage ${storage} has ${(found.freeBytes / 1024 ** 3).toFixed(1)} GiB left on ${node}; this plan needs ${(planned / 1024 ** 3).toFixed(1)} GiB.`,
            field,
          ),
        ]
      : [];
  }
}

/** Whether a file such as `local:iso/debian.iso` is there. */
export async function fileFindings(
  probe: ClusterProbe,
  facts: ClusterFacts,
  node: string,
  volid: string,
  content: 'iso' | 'vztmpl',
  field: string,
): Promise<PlanFinding[]> {
  const storage = volid.split(':', 1)[0] ?? '';
  if (!facts.storages.some((candidate) => candidate.storage === storage && candidate.node === node))
    return [blocked('storage_unknown', `Node ${node} has no storage ${storage}.`, field)];
  try {
    const files = await probe.storageFiles(node, storage, content);
    return files.some((file) => file.volid === volid)
      ? []
      : [
          blocked(
            content === 'iso' ? 'iso_missing' : 'template_missing',
            `${volid} is not there on ${node}.`,
            field,
          ),
        ];
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : 'unexpected failure';
    return [
      blocked('storage_unreadable', `The files of ${storage} on ${node} cannot be read: ${why}.`, field),
    ];
  }
}
