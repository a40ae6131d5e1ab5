import assert from 'node:assert/strict';
import { findFindings } from '../../../../src/ha/findings/findFindings.ts';
import type { Finding } from '../../../../src/ha/findings/finding.ts';
import type { ClusterPicture } from '../../../../src/ha/foresight/clusterPicture.ts';
import { builtAtMs } from '../../../support/fleetBuilders.ts';
import { randomCluster } from '../randomClusters.ts';

const placementCodes = new Set([
  'outside-strict-nodes',
  'apart-together',
  'together-split',
  'not-on-best-node',
]);

/** What is found wrong with where services are. */
function misplaced(picture: ClusterPicture): Finding[] {
  const found = findFindings({
    picture,
    notCurrent: null,
    nowMs: builtAtMs,
    atRestSinceMs: 0,
    disarmedLimitMs: 1,
  });
  return found.filter(({ code, severity }) => placementCodes.has(code) && severity === 'warning');
}

/** Found standing because another rule is in the way, which HA cannot mend. */
const isBlocked = ({ explanation }: Finding): boolean => explanation.includes('must not be with it');

describe('findings and the engine', () => {
  it('agree: what HA can mend is wrong before it worked and right after, in 120 clusters', () => {
    let before = 0;
    for (let seed = 1; seed <= 120; seed += 1) {
      const { nodes, homes, play, picture } = randomCluster(seed, { priorities: true });
      before += misplaced(picture(homes)).length;
      const end = play([nodes.map((name) => `power ${name} on`), [], []]);
      const left = misplaced(picture(end)).filter((finding) => !isBlocked(finding));
      assert.deepEqual(
        left.map(({ title, explanation }) => `${title}. ${explanation}`),
        [],
        `cluster ${seed}`,
      );
    }
    assert.ok(before > 60, `only ${before} findings before HA worked`);
  });
});
