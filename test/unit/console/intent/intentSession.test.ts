import assert from 'node:assert/strict';
import { IntentRefused } from '../../../../src/console/intent/intentPort.ts';
import { buildCluster, buildGuest } from '../../../support/fleetBuilders.ts';
import { buildPlan, buildRun, documentText, openSession, vmidLines, wireVerdict } from './support.ts';

type Opened = ReturnType<typeof openSession>;

describe('an intent document from plan to run', () => {
  let opened: Opened;
  const short = () => opened.session.refusals().map((refusal) => refusal.short);
  const page = () => opened.session.pageModel();

  beforeEach(() => {
    opened = openSession();
  });
  afterEach(() => {
    opened.session.dispose();
    opened.model.dispose();
  });

  it('plans the guests of the document in their order and may then be applied', async () => {
    assert.deepEqual(short(), ['not planned']);
    await opened.session.makePlan();
    assert.deepEqual(short(), []);
    const [asked] = opened.port.planned as { cluster: string; diffs: { op: string }[] }[];
    assert.equal(asked?.cluster, 'prod');
    assert.deepEqual(
      asked.diffs.map(({ op }) => op),
      ['create', 'update', 'delete'],
    );
    assert.deepEqual(
      page().groups.map(({ id }) => id),
      ['delete', 'create', 'update'],
    );
    assert.equal(page().counts, '1 create · 1 update · 1 delete by request');
    assert.deepEqual(page().apply, { label: 'Apply 3 Changes', off: null });
  });

  it('knows the lines its rows come from, also after lines were added above', async () => {
    await opened.session.makePlan();
    opened.session.setText(`# a word\n${documentText}`);
    const lines = page()
      .groups.flatMap(({ rows }) => rows)
      .sort((a, b) => a.index - b.index)
      .map(({ line }) => line);
    assert.deepEqual(
      lines,
      vmidLines.map((line) => line + 1),
    );
    assert.deepEqual(short(), [], 'a comment changes no guest');
  });

  it('puts blocked changes first and takes Apply off with their number', async () => {
    opened.port.planReply = buildPlan({
      permitted: false,
      verdicts: [
        wireVerdict(0, 'create', 140),
        wireVerdict(1, 'update', 101, {
          verdict: 'blocked',
          message: 'cores needs the guest off',
          findings: [
            {
              code: 'needs_stop',
              verdict: 'blocked',
              message: 'cores needs the guest off',
              field: 'memory_mib',
            },
          ],
        }),
      ],
    });
    await opened.session.makePlan();
    assert.deepEqual(page().apply?.off, '1 blocked');
    assert.equal(page().groups[0]?.id, 'blocked');
    const findings = opened.session.findings();
    assert.deepEqual(
      findings.map(({ severity, message, range }) => [
        severity,
        message,
        documentText.slice(range.start, range.end),
      ]),
      [['error', 'cores needs the guest off', '4096']],
    );
    await assert.rejects(opened.session.apply(), /blocked\. Nothing was changed/);
    assert.equal(opened.port.applied.length, 0);
  });

  it('shows the last plan, marked, while the document has a fault', async () => {
    await opened.session.makePlan();
    opened.session.setText(documentText.replace('vmid: 140', 'vmid 140'));
    assert.deepEqual(short(), ['document has faults']);
    assert.equal(page().header.freshness.label, 'last good plan');
    assert.equal(page().groups.flatMap(({ rows }) => rows).length, 3);
    assert.match(page().header.banners[0]?.why ?? '', /^Line 6: /);
    assert.equal(page().planAgain?.off, 'document has faults');
    opened.session.setText(documentText);
    assert.deepEqual(short(), []);
  });

  it('takes Apply off when a guest in the document changed, and keeps no verdict on it', async () => {
    opened.port.planReply = buildPlan({
      verdicts: [
        wireVerdict(0, 'create', 140, { verdict: 'warning', message: 'pve2 has 3 GiB left' }),
        wireVerdict(1, 'update', 101),
      ],
    });
    await opened.session.makePlan();
    assert.equal(opened.session.findings().length, 1);
    opened.session.setText(documentText.replace('name: web-4', 'name: web-5'));
    assert.deepEqual(short(), ['document changed']);
    assert.equal(opened.session.findings().length, 0);
  });

  it('expires by the server’s span, whatever its clock says', async () => {
    await opened.session.makePlan();
    await opened.clock.advance(299_000);
    assert.ok(!short().includes('expired'));
    let told = 0;
    opened.session.onDidChange(() => {
      told += 1;
    });
    await opened.clock.advance(1_000);
    assert.ok(short().includes('expired'));
    assert.ok(told > 0, 'the page is told at the end');
    assert.equal(page().expiresAtMs, null);
  });

  it('says what moved since the plan', async () => {
    await opened.session.makePlan();
    opened.connection.change({ guests: [buildGuest(101, { node: 'pve3' })] }, [], opened.clock.now());
    await opened.clock.advance(250);
    assert.deepEqual(short(), ['state moved']);
    assert.match(opened.session.refusals()[0]?.sentence ?? '', /Guest 101 changed .*node was pve1, is pve3/);
  });

  it('is off without trust, without quorum, with writes off, and where quorum was not told', async () => {
    await opened.session.makePlan();
    opened.window.trusted = false;
    assert.deepEqual(short(), ['restricted mode']);
    await assert.rejects(opened.session.apply(), /restricted mode/);
    opened.window.trusted = true;

    opened.connection.change(
      {
        clusters: [
          buildCluster('prod', {
            quorum: { state: 'notQuorate', votes: 2, expectedVotes: 5, neededVotes: 3, approximate: false },
          }),
        ],
      },
      [],
      opened.clock.now(),
    );
    await opened.clock.advance(250);
    assert.deepEqual(short(), ['no quorum']);
    assert.match(opened.session.refusals()[0]?.sentence ?? '', /no quorum \(votes 2 of 5, need 3\)/);
    opened.connection.change({ clusters: [buildCluster()] }, [], opened.clock.now());
    await opened.clock.advance(250);

    opened.port.planReply = buildPlan({
      permitted: false,
      blockers: [{ code: 'writes_disabled', message: 'Writing is switched off on this server.' }],
    });
    await opened.session.makePlan();
    assert.deepEqual(short(), ['writes off']);
    opened.port.planReply = buildPlan({ quorum: { quorate: null, votes: null, needed: null } });
    await opened.session.makePlan();
    assert.deepEqual(short(), ['quorum unknown']);
    assert.equal(opened.port.applied.length, 0);
  });

  it('is off when what the console knows of the cluster is old', async () => {
    await opened.session.makePlan();
    await opened.clock.advance(120_000);
    assert.ok(short().includes('stale'));
  });

  it('keeps the plan when planning again fails, and says why', async () => {
    await opened.session.makePlan();
    opened.port.planReply = new Error('prod: no answer within 5 s. Try again.');
    await opened.session.makePlan();
    assert.equal(page().groups.flatMap(({ rows }) => rows).length, 3);
    assert.match(page().header.banners[0]?.why ?? '', /no answer within 5 s/);
  });

  it('names a cluster that is not connected', async () => {
    opened.session.setText(documentText.replace('cluster: prod', 'cluster: prdo'));
    assert.match(
      opened.session.findings()[0]?.message ?? '',
      /No connected cluster is called "prdo". Known: prod\./,
    );
    await opened.session.makePlan();
    assert.equal(opened.port.planned.length, 0);
    assert.equal(page().header.freshness.tone, 'fail');
  });

  it('applies the plan it shows, follows it to the end and is then used up', async () => {
    await opened.session.makePlan();
    const follower = await opened.session.apply();
    assert.deepEqual(
      opened.port.applied.map(({ runUuid, planHash, diffs }) => [runUuid, planHash, diffs.length]),
      [['run-1', '3f9c2a11', 3]],
    );
    assert.equal(page().apply, null);
    const running = buildRun(['succeeded', 'running', 'queued']);
    for (const item of running.results) opened.port.handlers?.onItem(item);
    assert.deepEqual(
      page().groups[0]?.rows.map(({ label, run }) => [label, run?.state.label]),
      [
        ['vm 140 web-4', 'done 0:09'],
        ['vm 101 guest-101', 'running'],
        ['vm 105 guest-105', 'waiting'],
      ],
    );
    assert.deepEqual([page().run?.done, page().run?.total], [1, 3]);
    opened.port.handlers?.onRun(
      buildRun(['succeeded', 'failed', 'delete-pending-approval'], { state: 'done', overall: 'partial' }),
    );
    const ended = await follower.ended();
    assert.equal(ended?.overall, 'partial');
    assert.match(
      page().run?.end ?? '',
      /^Applied in part: 2 of 3\. vm 101 guest-101 failed\. One deletion awaits/,
    );
    assert.deepEqual(short(), ['applied already']);
    await opened.session.makePlan();
    assert.equal(page().run, null);
  });

  it('keeps the picture of a run while contact is lost, and comes back', async () => {
    await opened.session.makePlan();
    await opened.session.apply();
    opened.port.handlers?.onItem(buildRun(['running']).results[0]!);
    opened.port.handlers?.onEnd('prod: the connection broke.');
    assert.equal(page().groups[0]?.rows[0]?.run?.state.tone, 'unknown');
    assert.match(page().header.banners[0]?.why ?? '', /the connection broke/);
    const before = opened.port.handlers;
    await opened.clock.advance(1_000);
    assert.notEqual(opened.port.handlers, before);
    opened.port.handlers?.onRun(buildRun(['succeeded', 'running', 'queued']));
    assert.deepEqual(page().header.banners, []);
  });

  it('cancels what has not begun, once', async () => {
    await opened.session.makePlan();
    const follower = await opened.session.apply();
    await Promise.all([follower.cancelRest(), follower.cancelRest()]);
    assert.deepEqual(opened.port.cancelled, ['run-1']);
    assert.equal(page().run?.cancel?.off, 'items not begun are left out');
  });

  it('loses nothing when the server refuses', async () => {
    await opened.session.makePlan();
    opened.port.applyReply = new IntentRefused(
      'prod has changed since plan 3f9c2a was made.',
      'plan_state_moved',
    );
    await assert.rejects(opened.session.apply(), /has changed since/);
    assert.deepEqual(short(), ['state moved']);
    assert.equal(page().groups.flatMap(({ rows }) => rows).length, 3);
    assert.equal(page().run, null);
  });

  it('looks for a run whose answer was lost instead of beginning it twice', async () => {
    await opened.session.makePlan();
    opened.port.applyReply = new Error('prod: no answer within 30 s.');
    opened.port.knownRun = buildRun(['running', 'queued', 'queued']);
    const follower = await opened.session.apply();
    assert.equal(follower.uuid, 'run-1');
    assert.equal(opened.port.applied.length, 1);
    assert.ok(opened.port.handlers !== null);
  });

  it('says that nothing was changed when the server knows no such run', async () => {
    await opened.session.makePlan();
    opened.port.applyReply = new Error('prod: no answer within 30 s.');
    await assert.rejects(opened.session.apply(), /knows no such run/);
    assert.equal(page().run, null);
  });
});
