import assert from 'node:assert/strict';
import { computeQuorum, type QuorumInput } from '../../../../src/aggregator/model/quorum.ts';

const none = { present: false, state: null, algorithm: null, host: null };
const device = (state: string, algorithm: string) => ({ present: true, state, algorithm, host: 'qnet' });
const members = (online: number, lost = 0, votes: number | 'unreadable' = 1) => [
  ...Array.from({ length: online }, () => ({ votes, online: true as boolean | null })),
  ...Array.from({ length: lost }, () => ({ votes, online: false as boolean | null })),
];

function quorum(changes: Partial<QuorumInput>) {
  return computeQuorum({
    mode: 'cluster',
    statusQuorate: true,
    haQuorate: true,
    answeringNode: 'pve1',
    members: members(3),
    device: none,
    views: [],
    ...changes,
  });
}

describe('quorum arithmetic', () => {
  const cases: readonly (readonly [
    title: string,
    input: Partial<QuorumInput>,
    needed: number,
    votes: number,
    margin: number,
  ])[] = [
    ['two nodes survive no loss', { members: members(2) }, 2, 2, 0],
    ['three nodes survive one', { members: members(3) }, 2, 3, 1],
    ['four nodes survive one', { members: members(4) }, 3, 4, 1],
    ['five nodes survive two', { members: members(5) }, 3, 5, 2],
    ['a lost node takes its vote along', { members: members(4, 1) }, 3, 4, 1],
    [
      'two nodes and a device survive one',
      { members: members(2), device: device('Connected', 'Fifty-Fifty split') },
      2,
      3,
      1,
    ],
    [
      'four nodes and a device survive two',
      { members: members(4), device: device('Connected', 'Fifty-Fifty split') },
      3,
      5,
      2,
    ],
    [
      'three nodes and a last-man-standing device need three of five',
      { members: members(3), device: device('Connected', 'Last man standing') },
      3,
      5,
      2,
    ],
    [
      'such a device lost means that no node may fail',
      { members: members(3), device: device('Connect failed', 'Last man standing') },
      3,
      3,
      0,
    ],
    [
      'weighted votes count',
      {
        members: [
          { votes: 3, online: true },
          { votes: 1, online: true },
          { votes: 1, online: false },
        ],
      },
      3,
      4,
      1,
    ],
    ['no majority is a negative margin', { members: members(2, 3), haQuorate: false }, 3, 2, -1],
  ];
  for (const [title, input, needed, votes, margin] of cases) {
    it(title, () => {
      const result = quorum(input);
      assert.deepEqual([result.neededVotes, result.votes, result.margin], [needed, votes, margin]);
      assert.equal(result.approximate, true);
    });
  }

  it('tells no votes when the configuration could not be read', () => {
    const result = quorum({ members: null });
    assert.deepEqual([result.votes, result.expectedVotes, result.margin], [null, null, null]);
    assert.equal(result.state, 'quorate');
  });

  it('tells no margin when it is not known whether there is a device', () => {
    assert.equal(quorum({ device: null }).margin, null);
  });

  it('tells no margin when a member was neither seen online nor offline', () => {
    assert.equal(quorum({ members: [...members(2), { votes: 1, online: null }] }).margin, null);
  });
});

describe('quorum state', () => {
  it('is unknown when nobody told it, however many nodes are online', () => {
    assert.equal(quorum({ statusQuorate: null, haQuorate: null, members: members(5) }).state, 'unknown');
  });
  it('is unknown before anything was read', () => {
    assert.equal(quorum({ mode: null }).state, 'unknown');
  });
  it('believes the bad news when the two sources differ', () => {
    assert.equal(quorum({ statusQuorate: true, haQuorate: false }).state, 'notQuorate');
    assert.equal(quorum({ statusQuorate: false, haQuorate: true }).state, 'notQuorate');
  });
  it('is not quorate when told so although all votes look present', () => {
    assert.equal(quorum({ haQuorate: false, statusQuorate: false, members: members(5) }).state, 'notQuorate');
  });
  it('is standalone without a cluster', () => {
    assert.equal(quorum({ mode: 'standalone', statusQuorate: null, haQuorate: true }).state, 'standalone');
  });
  it('is split when endpoints contradict each other', () => {
    const view = (quorate: boolean) => ({ endpoint: 'e', node: null, quorate, atMs: 0, error: null });
    assert.equal(quorum({ views: [view(true), view(false)] }).state, 'split');
    assert.equal(quorum({ views: [view(true), view(true)] }).state, 'quorate');
  });
});

describe('votes that nobody can be sure of', () => {
  const untold = { votes: null, expectedVotes: null, neededVotes: null, margin: null };
  const figures = ({ votes, expectedVotes, neededVotes, margin }: ReturnType<typeof quorum>) => ({
    votes,
    expectedVotes,
    neededVotes,
    margin,
  });

  it('are not told when a member has a number that could not be read', () => {
    const unreadable = [...members(2), { votes: 'unreadable' as const, online: true }];
    assert.deepEqual(figures(quorum({ members: unreadable })), untold);
  });

  for (const algorithm of [null, 'Weird', 'Last Mango Standing'])
    it(`are not told with a device of the algorithm ${algorithm}`, () => {
      const weird = { present: true, state: 'Connected', algorithm, host: null };
      assert.deepEqual(figures(quorum({ device: weird })), untold);
      assert.equal(quorum({ device: weird }).device.votes, null);
    });

  it('do not count a device whose state only begins like a connected one', () => {
    const { device: told } = quorum({ device: device('Connected-but-no', 'Fifty-Fifty split') });
    assert.equal(told.state, 'notConnected');
  });
});
