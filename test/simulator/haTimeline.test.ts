import assert from 'node:assert/strict';
import { WorldProbe } from './support/worldProbe.ts';

describe('simulated HA over time', () => {
  let probe: WorldProbe;
  beforeEach(() => {
    probe = new WorldProbe();
  });
  afterEach(() => probe.dispose());

  const power = (cluster: string, node: string, on: boolean): void =>
    probe.world.command(cluster, (behaviour, nowMs) => behaviour.setNodePower(node, on, nowMs));
  const isolate = (cluster: string, node: string, isolated: boolean): void =>
    probe.world.command(cluster, (behaviour, nowMs) => behaviour.setNodeIsolated(node, isolated, nowMs));

  describe('when a node loses power', () => {
    beforeEach(async () => {
      await probe.seconds(15);
      power('prod', 'px-05', false);
    });

    const since = (condition: () => boolean): Promise<number> => probe.secondsUntil(200, condition);

    it('membership drops it within seconds and the next manager round calls it unknown', async () => {
      const offline = await since(() => probe.resource('prod', 'px-01', 'node/px-05').status === 'offline');
      assert.ok(offline <= 4, `offline after ${offline} s`);
      await probe.seconds(11);
      assert.equal(probe.nodeStatus('prod')['px-05'], 'unknown');
      assert.equal(probe.resource('prod', 'px-01', 'node/px-05').hastate, 'unknown');
    });

    it('its LRM row reads dead after half a minute', async () => {
      const row = (): string => String(probe.haRow('prod', 'px-01', 'lrm:px-05').status);
      const dead = await since(() => row().includes('old timestamp - dead?'));
      assert.ok(dead >= 20 && dead <= 31, `dead after ${dead} s`);
      assert.match(
        row(),
        /^px-05 \(old timestamp - dead\?, watchdog standby, \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\)$/,
      );
    });

    it('its services are fenced after a minute and recovered after two', async () => {
      const state = (): unknown => probe.haRow('prod', 'px-01', 'service:vm:1031').crm_state;
      const fenced = await since(() => state() === 'fence');
      // A minute after the master's last round that saw it, which is up to ten seconds before it was lost.
      assert.ok(fenced >= 50 && fenced <= 75, `fenced after ${fenced} s`);
      assert.equal(probe.nodeStatus('prod')['px-05'], 'fence');
      const recovered = fenced + (await since(() => state() === 'started'));
      assert.ok(recovered >= 110 && recovered <= 135, `recovered after ${recovered} s`);
      const row = probe.haRow('prod', 'px-01', 'service:vm:1031');
      assert.notEqual(row.node, 'px-05');
      assert.equal(row.state, 'starting');
      assert.equal(probe.nodeStatus('prod')['px-05'], 'unknown');
      await probe.seconds(20);
      assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1031').state, 'started');
      assert.equal(probe.resource('prod', 'px-01', 'qemu/1031').status, 'running');
    });

    it('a resource with a strict rule and no other node stays in recovery until its node is back', async () => {
      await probe.seconds(200);
      assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1040').state, 'recovery');
      power('prod', 'px-05', true);
      await probe.seconds(90);
      const row = probe.haRow('prod', 'px-01', 'service:vm:1040');
      assert.equal(row.state, 'started');
      assert.equal(row.node, 'px-05');
    });

    it('keep-apart partners never share a node', async () => {
      power('prod', 'px-03', false);
      await probe.seconds(200);
      const nodes = [1001, 1002, 1003].map((vmid) => probe.haRow('prod', 'px-01', `service:vm:${vmid}`).node);
      assert.equal(new Set(nodes).size, 3, nodes.join());
    });

    it('guests without HA keep their last status for five minutes and then are unknown without name and numbers', async () => {
      await probe.seconds(280);
      const before = probe.resource('prod', 'px-01', 'qemu/1061');
      assert.equal(before.status, 'running');
      assert.equal(before.name, 'ci-runner-2');
      await probe.seconds(30);
      assert.deepEqual(probe.resource('prod', 'px-01', 'qemu/1061'), {
        id: 'qemu/1061',
        vmid: 1061,
        node: 'px-05',
        type: 'qemu',
        status: 'unknown',
        pool: 'infra',
        tags: 'ci',
      });
      assert.deepEqual(probe.resource('prod', 'px-01', 'node/px-05'), {
        id: 'node/px-05',
        node: 'px-05',
        type: 'node',
        status: 'offline',
        hastate: 'unknown',
      });
    });

    it('its guests without HA start again when it is back', async () => {
      await probe.seconds(30);
      power('prod', 'px-05', true);
      await probe.seconds(60);
      const guest = probe.resource('prod', 'px-01', 'qemu/1061');
      assert.equal(guest.status, 'running');
      assert.ok(Number(guest.uptime) < 60);
    });
  });

  it('a node that dies right after the start is fenced like any other, for its lock was held before', async () => {
    await probe.seconds(1);
    power('prod', 'px-05', false);
    const view = (): unknown => probe.nodeStatus('prod')['px-05'];
    await probe.secondsUntil(90, () => view() === 'fence');
    const fenced = await probe.secondsUntil(120, () => view() !== 'fence');
    assert.ok(fenced >= 40, `in the fence for ${fenced} s`);
  });

  it('a dead master is replaced after two minutes and the new one waits its own minute before fencing', async () => {
    await probe.seconds(5);
    power('lab', 'pve2', false);
    const master = (): unknown => probe.haRow('lab', 'pve1', 'master').node;
    const replaced = await probe.secondsUntil(200, () => master() !== 'pve2');
    assert.ok(replaced >= 110 && replaced <= 135, `replaced after ${replaced} s`);
    const moved =
      replaced +
      (await probe.secondsUntil(200, () => probe.haRow('lab', 'pve1', 'service:vm:102').node !== 'pve2'));
    assert.ok(moved >= 170 && moved <= 200, `recovered after ${moved} s`);
  });

  it('a resource returns to its better node by itself, and not with nofailback', async () => {
    await probe.seconds(5);
    power('lab', 'pve1', false);
    await probe.seconds(200);
    assert.equal(probe.haRow('lab', 'pve2', 'service:vm:101').node, 'pve2');
    assert.equal(probe.haRow('lab', 'pve2', 'service:vm:103').node, 'pve2');
    power('lab', 'pve1', true);
    await probe.seconds(150);
    assert.equal(probe.haRow('lab', 'pve2', 'service:vm:101').node, 'pve1');
    assert.equal(probe.haRow('lab', 'pve2', 'service:vm:103').node, 'pve2');
  });

  describe('when a node is cut off', () => {
    beforeEach(async () => {
      await probe.seconds(5);
      isolate('lab', 'pve1', true);
    });

    it('it answers without quorum from what it last saw, and the others go on', async () => {
      await probe.seconds(45);
      const minority = probe.rows('lab', 'pve1', '/cluster/ha/status/current');
      assert.deepEqual(minority[0], {
        id: 'quorum',
        type: 'quorum',
        node: 'pve1',
        status: "No quorum on node 'pve1'!",
        quorate: 0,
      });
      for (const row of minority.filter(({ type }) => type === 'master' || type === 'lrm')) {
        assert.match(String(row.status), /old timestamp - dead\?/);
      }
      const online = probe.rows('lab', 'pve1', '/cluster/status').filter((row) => row.online === 1);
      assert.deepEqual(
        online.map((row) => row.name),
        ['pve1'],
      );
      assert.equal(probe.haRow('lab', 'pve2', 'quorum').quorate, 1);
      assert.match(String(probe.haRow('lab', 'pve2', 'master').status), /^pve2 \(active, /);
      const seen = probe.rows('lab', 'pve2', '/cluster/status').filter((row) => row.online === 1);
      assert.deepEqual(seen.map((row) => row.name).sort(), ['pve2', 'pve3']);
    });

    it('its watchdog resets it after a minute, and its rows never move until it is back', async () => {
      await probe.seconds(65);
      assert.equal(probe.world.cluster('lab').world.nodes.get('pve1')?.power, 'booting');
      await probe.seconds(200);
      assert.equal(probe.haRow('lab', 'pve1', 'service:vm:101').node, 'pve1');
      assert.equal(probe.haRow('lab', 'pve2', 'service:vm:101').node, 'pve2');
      isolate('lab', 'pve1', false);
      await probe.seconds(3);
      assert.equal(probe.haRow('lab', 'pve1', 'quorum').quorate, 1);
      assert.equal(probe.haRow('lab', 'pve1', 'service:vm:101').node, 'pve2');
    });
  });

  it('without a majority everything stands still, and goes on when the majority is back', async () => {
    await probe.seconds(5);
    power('lab', 'pve2', false);
    power('lab', 'pve3', false);
    await probe.seconds(50);
    assert.equal(probe.haRow('lab', 'pve1', 'quorum').quorate, 0);
    assert.equal(
      probe.rows('lab', 'pve1', '/cluster/status').find((row) => row.type === 'cluster')?.quorate,
      0,
    );
    assert.match(String(probe.haRow('lab', 'pve1', 'lrm:pve1').status), /old timestamp - dead\?/);
    await probe.seconds(300);
    assert.equal(probe.haRow('lab', 'pve1', 'service:ct:201').state, 'started');
    power('lab', 'pve2', true);
    await probe.seconds(120);
    assert.equal(probe.haRow('lab', 'pve1', 'quorum').quorate, 1);
    assert.match(String(probe.haRow('lab', 'pve1', 'lrm:pve2').status), /^pve2 \(active, /);
  });

  it('a quorum device lets half of the votes go on', async () => {
    const prod = (run: () => void): void => run();
    prod(() => probe.world.command('prod', (behaviour, nowMs) => behaviour.setQdevice('connected', nowMs)));
    for (const node of ['px-02', 'px-03', 'px-04', 'px-05']) power('prod', node, false);
    await probe.seconds(10);
    assert.equal(probe.haRow('prod', 'px-01', 'quorum').quorate, 1);
    probe.world.command('prod', (behaviour, nowMs) => behaviour.setQdevice('disconnected', nowMs));
    await probe.seconds(2);
    assert.equal(probe.haRow('prod', 'px-01', 'quorum').quorate, 0);
  });

  it('maintenance moves started guests away and brings them back', async () => {
    await probe.seconds(5);
    probe.world.command('prod', (behaviour, nowMs) => behaviour.setNodeMaintenance('px-04', true, nowMs));
    await probe.seconds(120);
    assert.equal(probe.nodeStatus('prod')['px-04'], 'maintenance');
    assert.match(
      String(probe.haRow('prod', 'px-01', 'lrm:px-04').status),
      /^px-04 \(maintenance mode, watchdog active, /,
    );
    const service = probe.haRow('prod', 'px-01', 'service:vm:1020');
    assert.notEqual(service.node, 'px-04');
    assert.equal(service.state, 'started');
    assert.equal(probe.haRow('prod', 'px-01', 'service:ct:2010').node, service.node, 'kept together');
    assert.notEqual(probe.haRow('prod', 'px-01', 'service:vm:1021').node, 'px-04');
    probe.world.command('prod', (behaviour, nowMs) => behaviour.setNodeMaintenance('px-04', false, nowMs));
    await probe.seconds(120);
    assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1021').node, 'px-04');
    // Of a pair that is kept together neither leaves the other, so it stays where it went.
    for (const sid of ['vm:1020', 'ct:2010'])
      assert.equal(probe.haRow('prod', 'px-01', `service:${sid}`).node, service.node);
  });

  it('disarming freezes services and releases every watchdog; nothing is fenced meanwhile', async () => {
    await probe.seconds(5);
    probe.world.command('prod', (behaviour, nowMs) => behaviour.disarm('freeze', nowMs));
    await probe.seconds(8);
    assert.equal(probe.haRow('prod', 'px-01', 'fencing')['armed-state'], 'disarming');
    await probe.seconds(20);
    const fencing = probe.haRow('prod', 'px-01', 'fencing');
    assert.equal(fencing['armed-state'], 'disarmed');
    assert.equal(fencing.resource_mode, 'freeze');
    assert.equal(fencing.status, 'disarmed, resource mode: freeze (CRM watchdog released)');
    power('prod', 'px-05', false);
    await probe.seconds(200);
    assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1031').crm_state, 'freeze');
    power('prod', 'px-05', true);
    await probe.seconds(60);
    probe.world.command('prod', (behaviour, nowMs) => behaviour.arm(nowMs));
    await probe.seconds(60);
    assert.equal(probe.haRow('prod', 'px-01', 'fencing')['armed-state'], 'armed');
    assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1031').state, 'started');
  });

  it('disarming with mode ignore changes only the verbose state', async () => {
    await probe.seconds(5);
    probe.world.command('prod', (behaviour, nowMs) => behaviour.disarm('ignore', nowMs));
    await probe.seconds(30);
    const row = probe.haRow('prod', 'px-01', 'service:vm:1031');
    assert.equal(row.state, 'ignore');
    assert.equal(row.crm_state, 'started');
  });

  it('the only way out of the error state is to ask for disabled', async () => {
    await probe.seconds(5);
    const set = (change: Parameters<ReturnType<typeof behaviourOf>['setHaResource']>[1]): void =>
      probe.world.command('prod', (behaviour, nowMs) => behaviour.setHaResource('vm:1030', change, nowMs));
    const behaviourOf = () => probe.world.cluster('prod').behaviour;
    set({ crmState: 'error' });
    assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1030').state, 'error');
    set({ state: 'stopped' });
    await probe.seconds(30);
    assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1030').state, 'error');
    set({ state: 'disabled' });
    assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1030').state, 'clearing error flag');
    await probe.seconds(15);
    assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1030').state, 'disabled');
    await probe.seconds(15);
    assert.equal(probe.resource('prod', 'px-01', 'qemu/1030').status, 'stopped');
  });

  describe('migration', () => {
    const migrate = (vmid: number, target: string): void =>
      probe.world.command('prod', (behaviour, nowMs) => behaviour.migrateGuest(vmid, target, nowMs));

    it('of a managed VM goes started, migrate on the source, started on the target, and never stops the VM', async () => {
      await probe.seconds(5);
      migrate(1021, 'px-05');
      const path = '/cluster/ha/status/current';
      const seen: string[] = [];
      let flippedBefore = false;
      for (let second = 0; second < 70; second += 1) {
        await probe.seconds(1);
        const service = probe.rows('prod', 'px-01', path).find((row) => row.sid === 'vm:1021');
        const text = `${service?.crm_state}@${service?.node}`;
        if (seen.at(-1) !== text) seen.push(text);
        const guest = probe.resource('prod', 'px-01', 'qemu/1021');
        assert.equal(guest.status, 'running');
        if (guest.node === 'px-05' && guest.hastate === 'migrate') flippedBefore = true;
      }
      assert.deepEqual(seen, ['started@px-04', 'migrate@px-04', 'started@px-05']);
      assert.ok(flippedBefore, 'the configuration changes node before the state leaves migrate');
      const tasks = probe.rows('prod', 'px-01', '/nodes/px-04/tasks?vmid=1021&limit=5');
      assert.deepEqual(
        tasks.slice(0, 2).map((task) => [task.type, task.status]),
        [
          ['qmigrate', 'OK'],
          ['hamigrate', 'OK'],
        ],
      );
      assert.match(
        String(tasks[0]?.upid),
        /^UPID:px-04:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmigrate:1021:root@pam:$/,
      );
    });

    it('of a managed container is a relocation with stop and start', async () => {
      await probe.seconds(5);
      migrate(2011, 'px-03');
      await probe.seconds(16);
      assert.equal(probe.haRow('prod', 'px-01', 'service:ct:2011').crm_state, 'relocate');
      assert.equal(probe.resource('prod', 'px-01', 'lxc/2011').status, 'stopped');
      await probe.seconds(60);
      assert.equal(probe.haRow('prod', 'px-01', 'service:ct:2011').state, 'started');
      assert.equal(probe.resource('prod', 'px-01', 'lxc/2011').node, 'px-03');
      assert.equal(probe.resource('prod', 'px-01', 'lxc/2011').status, 'running');
    });

    it('takes 15 to 30 seconds and is listed as running meanwhile', async () => {
      await probe.seconds(5);
      migrate(1060, 'px-01');
      await probe.seconds(2);
      const active = probe.rows('prod', 'px-01', '/nodes/px-04/tasks?source=active');
      assert.deepEqual(
        active.map((task) => [task.type, task.id, task.status]),
        [['qmigrate', '1060', 'RUNNING']],
      );
      const upid = encodeURIComponent(String(active[0]?.upid));
      assert.equal(
        (probe.get('prod', 'px-01', `/nodes/px-04/tasks/${upid}/status`) as { status: string }).status,
        'running',
      );
      const took =
        2 +
        (await probe.secondsUntil(40, () => probe.resource('prod', 'px-01', 'qemu/1060').node === 'px-01'));
      assert.ok(took >= 15 && took <= 31, `took ${took} s`);
      const done = probe.get('prod', 'px-01', `/nodes/px-04/tasks/${upid}/status`) as Record<string, string>;
      assert.equal(done.status, 'stopped');
      assert.equal(done.exitstatus, 'OK');
      const log = probe.rows('prod', 'px-01', `/nodes/px-04/tasks/${upid}/log`);
      assert.equal(log.at(-1)?.t, 'TASK OK');
    });

    it('to the node of a keep-apart partner is dropped by the manager', async () => {
      await probe.seconds(5);
      migrate(1001, 'px-02');
      await probe.seconds(60);
      assert.equal(probe.haRow('prod', 'px-01', 'service:vm:1001').node, 'px-01');
    });
  });

  it('loads wander, and a series ends near the present value', async () => {
    await probe.seconds(10);
    const first = Number(probe.resource('prod', 'px-01', 'qemu/1010').cpu);
    await probe.seconds(300);
    const status = probe.get('prod', 'px-01', '/nodes/px-01/qemu/1010/status/current') as {
      cpu: number;
      mem: number;
    };
    assert.notEqual(status.cpu, first);
    const series = probe.rows('prod', 'px-01', '/nodes/px-01/qemu/1010/rrddata?timeframe=hour&cf=AVERAGE');
    const last = series.at(-1) as { cpu: number; mem: number; time: number };
    assert.ok(Math.abs(last.mem - status.mem) / status.mem < 0.05);
    assert.ok(probe.clock.now() / 1000 - last.time < 60);
  });

  it('the same seed gives the same course of events', async () => {
    const other = new WorldProbe();
    await probe.seconds(40);
    await other.seconds(40);
    const path = '/cluster/resources';
    assert.deepEqual(probe.rows('prod', 'px-01', path), other.rows('prod', 'px-01', path));
    other.dispose();
  });
});
