import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type Row, WorldProbe } from './support/worldProbe.ts';

const folder = new URL('../../../shared/pve-ha/captures/', import.meta.url);

interface Frame {
  rows: Row[];
  changed: Record<string, unknown>;
}

/** Captures of the release each simulated cluster plays. */
const capturesOf: Record<string, RegExp> = {
  lab: /^(09|19)-/,
  prod: /^(0[1-8]|1[0-35-8]|20)/,
  edge: /^(16|18)-/,
};

/** Keys that the captures could not show: they were recorded without locks and pools. */
const alsoReal: Record<string, string[]> = { '/cluster/resources': ['lock', 'pool', 'tags'] };

const grammar: Record<string, RegExp> = {
  quorum: /^(OK|No quorum on node '[^']+'!)$/,
  master:
    /^\S+ \((active|old timestamp - dead\?|detected time drift!|idle), TIME\)( - disarm(ing|ed), resource mode: (freeze|ignore))?( - (static|dynamic) load CRS)?$/,
  fencing:
    /^(armed \(CRM watchdog active\)|standby \(CRM watchdog standby\)|disarm(ing|ed), resource mode: (freeze|ignore) \(CRM watchdog (active|released)\))$/,
  lrm: /^\S+ \((active|idle|wait_for_agent_lock|lost_agent_lock|maintenance|(maintenance|disarm|restart|shutdown) mode|old timestamp - dead\?|detected time drift!)(, watchdog (active|standby|released))?, TIME\)$|^\S+ \(unable to read lrm status\)$/,
  service: /^(vm|ct):\d+ \((\S+|---), [a-z_]+( [a-z]+)*\)$/,
};
const timeText =
  /(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 1-3]\d \d\d:\d\d:\d\d \d{4}/;

function checkGrammar(row: Row): void {
  const text = String(row.status).replace(timeText, 'TIME');
  assert.match(text, grammar[String(row.type)] ?? /never/, `status of ${row.id}`);
}

/** A long life of all clusters: quiet, moving, failing, recovering. */
async function liveThrough(probe: WorldProbe, look: () => void): Promise<void> {
  const { world } = probe;
  const watch = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 5) {
      await probe.seconds(5);
      look();
    }
  };
  await watch(15);
  world.command('prod', (behaviour, nowMs) => {
    behaviour.migrateGuest(1021, 'px-05', nowMs);
    behaviour.setHaResource('vm:1070', { state: 'stopped' }, nowMs);
    behaviour.setHaResource('vm:1030', { crmState: 'error' }, nowMs);
  });
  await watch(60);
  world.command('prod', (behaviour, nowMs) => behaviour.setNodePower('px-05', false, nowMs));
  world.command('lab', (behaviour, nowMs) => behaviour.setNodePower('pve3', false, nowMs));
  await watch(340);
  world.command('prod', (behaviour, nowMs) => behaviour.setNodePower('px-05', true, nowMs));
  world.command('lab', (behaviour, nowMs) => behaviour.setNodePower('pve3', true, nowMs));
  await watch(90);
  world.command('prod', (behaviour, nowMs) => behaviour.setNodeMaintenance('px-04', true, nowMs));
  await watch(90);
  world.command('prod', (behaviour, nowMs) => behaviour.disarm('freeze', nowMs));
  await watch(40);
}

describe('simulated payloads', () => {
  it('every status text follows the grammar of the real one, through failures too', async () => {
    const probe = new WorldProbe();
    await liveThrough(probe, () => {
      for (const [cluster, node] of [
        ['prod', 'px-01'],
        ['lab', 'pve1'],
        ['edge', 'edge-01'],
      ] as const) {
        for (const row of probe.rows(cluster, node, '/cluster/ha/status/current')) checkGrammar(row);
      }
    });
    probe.dispose();
  });

  it('rows come in the order quorum, master, fencing, nodes, services', () => {
    const probe = new WorldProbe();
    const order = probe.rows('prod', 'px-01', '/cluster/ha/status/current').map((row) => row.type);
    assert.deepEqual([...new Set(order)], ['quorum', 'master', 'fencing', 'lrm', 'service']);
    probe.dispose();
  });

  describe('compared with recorded answers', () => {
    if (!existsSync(folder)) return;
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const framesOf = (pattern: RegExp): Frame[] =>
      files
        .filter((name) => pattern.test(name))
        .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Frame[]);

    it('the grammar holds for the recorded texts too', () => {
      for (const frame of framesOf(/./)) for (const row of frame.rows) checkGrammar(row);
    });

    const paths = [
      '/cluster/ha/status/current',
      '/cluster/status',
      '/cluster/resources',
      '/nodes',
      '/cluster/ha/resources',
      '/cluster/ha/groups',
      '/cluster/ha/rules',
    ];
    for (const [cluster, pattern] of Object.entries(capturesOf)) {
      it(`${cluster}: rows have exactly the keys and value types seen on that release`, async () => {
        const shapes = recordedShapes(framesOf(pattern), paths);
        const probe = new WorldProbe();
        const node = probe.world.cluster(cluster).world.nodes.keys().next().value ?? '';
        const check = (): void => {
          for (const path of paths) {
            let rows: Row[];
            try {
              rows = probe.rows(cluster, node, path);
            } catch {
              continue;
            }
            for (const row of rows) checkShape(shapes, path, row);
          }
        };
        await liveThrough(probe, check);
        probe.dispose();
      });
    }

    it('prod: the manager status has the recorded structure', () => {
      const probe = new WorldProbe();
      const recorded = framesOf(/^02-/)[0]?.changed['/cluster/ha/status/manager_status'];
      const ours = probe.get('prod', 'px-01', '/cluster/ha/status/manager_status');
      assert.deepEqual(skeleton(ours), skeleton(recorded));
      probe.dispose();
    });

    it('lab and prod: errors of single calls are the recorded ones', () => {
      const probe = new WorldProbe();
      const message = (cluster: string, node: string, path: string): string => {
        try {
          probe.get(cluster, node, path);
        } catch (error) {
          return (error as Error).message;
        }
        return '';
      };
      for (const [cluster, node, name] of [
        ['lab', 'pve1', '8.4'],
        ['prod', 'px-01', '9.2'],
      ] as const) {
        const calls = JSON.parse(readFileSync(new URL(`../ha-api-calls-${name}.json`, folder), 'utf8')) as {
          method: string;
          path: string;
          params: object;
          error?: { message: string };
        }[];
        const failing = calls.filter((call) => call.method === 'GET' && call.error !== undefined);
        assert.ok(failing.length >= 2);
        for (const call of failing) assert.equal(message(cluster, node, call.path), call.error?.message);
      }
      probe.dispose();
    });
  });
});

interface Shape {
  readonly required: Set<string>;
  readonly types: Map<string, Set<string>>;
}

/** Row kinds: by type, and nodes and guests also by how much is known of them. */
function kindOf(path: string, row: Row): string {
  const known =
    path === '/cluster/resources' || path === '/nodes' ? `${'cpu' in row}/${'maxcpu' in row}` : '';
  return `${path} ${row.type} ${known}`;
}

function recordedShapes(frames: readonly Frame[], paths: readonly string[]): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const frame of frames) {
    for (const path of paths) {
      const rows = path.endsWith('/current') ? frame.rows : frame.changed[path];
      if (!Array.isArray(rows)) continue;
      for (const row of rows as Row[]) {
        const kind = kindOf(path, row);
        const shape = shapes.get(kind) ?? { required: new Set(Object.keys(row)), types: new Map() };
        for (const key of shape.required) if (!(key in row)) shape.required.delete(key);
        for (const [key, value] of Object.entries(row)) {
          shape.types.set(key, (shape.types.get(key) ?? new Set()).add(typeOf(value)));
        }
        shapes.set(kind, shape);
      }
    }
  }
  return shapes;
}

function checkShape(shapes: Map<string, Shape>, path: string, row: Row): void {
  const shape = shapes.get(kindOf(path, row));
  if (shape === undefined) {
    assert.ok(
      ['storage', 'pool', 'network', 'sdn'].includes(String(row.type)) || row.type === 'node-affinity',
      kindOf(path, row),
    );
    return;
  }
  for (const key of shape.required) {
    // Whether a guest is managed is a matter of the world, not of the form.
    if (key !== 'hastate') assert.ok(key in row, `${row.id ?? row.sid ?? row.rule} lacks ${key} in ${path}`);
  }
  for (const [key, value] of Object.entries(row)) {
    if (alsoReal[path]?.includes(key)) continue;
    const types = shape.types.get(key);
    if (
      types === undefined &&
      [
        'comment',
        'group',
        'max_restart',
        'max_relocate',
        'failback',
        'state',
        'strict',
        'disable',
        'errors',
      ].includes(key)
    )
      continue;
    assert.ok(types !== undefined, `${key} of ${row.id ?? row.sid} in ${path} was never recorded`);
    assert.ok(types.has(typeOf(value)), `${key} of ${row.id ?? row.sid} in ${path} is ${typeOf(value)}`);
  }
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

/** Names and types without the values; entries of maps by name collapse into one. */
function skeleton(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return typeof value;
  const entries = Object.entries(value);
  const isMap =
    entries.some(([key]) => /^(p(ve|x-)\d+|(vm|ct):\d+|[A-Za-z0-9+/]{22})$/.test(key)) ||
    entries.length === 0;
  if (isMap) return { '*': skeletonOfAny(entries.map(([, inner]) => inner)) };
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, skeleton(inner)]),
  );
}

function skeletonOfAny(values: readonly unknown[]): unknown {
  const merged: Record<string, unknown> = {};
  for (const value of values) {
    const shape = skeleton(value);
    if (typeof shape !== 'object' || shape === null) return shape;
    Object.assign(merged, shape);
  }
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}
