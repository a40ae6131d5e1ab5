import { isStandalone, type PveClusterStatusRow } from '../../pve/clusterStatus.ts';

/** As many replies in a row make a cluster a node that stands alone; it may have left its cluster. */
const believedAfter = 3;

/**
 * Doubts a status that leaves one node of a cluster that was seen before: a node that stands alone counts as quorate, so
 * one odd reply must not make one, and a reply of which rows are missing never does.
 */
export class LoneNodeDoubt {
  #hasSeenCluster = false;
  #inARow = 0;

  /**
   * Why a reply is not believed; `null` when it is.
   *
   * @param dropped rows of the reply that could not be understood.
   */
  judge(rows: readonly PveClusterStatusRow[], dropped: number): string | null {
    const tellsCluster = rows.some((row) => row.type === 'cluster');
    if (tellsCluster || rows.length !== 1 || !this.#hasSeenCluster) {
      this.#hasSeenCluster ||= tellsCluster;
      this.#inARow = 0;
      return null;
    }
    if (!isStandalone(rows, dropped)) return 'the answer lacks the cluster and all members but one';
    this.#inARow += 1;
    if (this.#inARow < believedAfter) return 'the node says it stands alone, although it was in a cluster';
    this.#hasSeenCluster = false;
    return null;
  }
}
