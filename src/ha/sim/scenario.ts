import type { ServiceCapacity, ServiceLoad } from '../haEnvironment.ts';
import type { HaEvent } from '../haEvent.ts';
import {
  type ManagerRecord,
  type NodeView,
  newManagerRecord,
  type ServiceRecord,
  type ServiceState,
} from '../haRecords.ts';
import type { Section } from '../rules/sections.ts';

/** Hardware of a node at the beginning. */
export interface NodeHardware {
  power: boolean;
  network: boolean;
  maxcpu: number | null;
  maxmem: number | null;
  version: string | null;
}

/** A service as it is configured; texts are read when the configuration is. */
export type RawServiceConfig = Record<string, string | number>;

/** A cluster, what happens to it, and optionally the events that shall come of it. */
export interface Scenario {
  readonly name: string;
  readonly hardware: ReadonlyMap<string, NodeHardware>;
  readonly manager: ManagerRecord;
  readonly services: Readonly<Record<string, RawServiceConfig>>;
  readonly staticStats: Readonly<Record<string, ServiceCapacity>> | null;
  readonly dynamicStats: Readonly<Record<string, ServiceLoad>> | null;
  readonly crs: Readonly<Record<string, string | number>>;
  readonly shutdownPolicy: string | null;
  readonly rules: readonly Section[];
  readonly groups: readonly Section[];
  readonly batches: readonly (readonly string[])[];
  readonly expect: readonly HaEvent[] | null;
}

type Fields = Readonly<Record<string, unknown>>;

const defaultNodes = ['node1', 'node2', 'node3'];
const defaultCapacity = { maxcpu: 24, maxmem: 131_072 * 1024 ** 2 };

/**
 * Reads a scenario from JSON data. What is missing has the defaults of the format; what does not fit is left out, so that
 * one odd field does not cost the scenario.
 */
export function readScenario(value: unknown): Scenario {
  const fields = fieldsOf(value);
  const datacenter = fieldsOf(fields.datacenter);
  return {
    name: textOf(fields.name) ?? 'scenario',
    hardware: readHardware(fields.hardware_status),
    manager: readManager(fields.manager_status),
    services: readServices(fields.service_config),
    staticStats: readStats(fields.static_service_stats),
    dynamicStats: readStats(fields.dynamic_service_stats),
    crs: plainValues(datacenter.crs),
    shutdownPolicy: textOf(fieldsOf(datacenter.ha).shutdown_policy),
    rules: readSections(fields.rules),
    groups: readSections(fields.groups),
    batches: listOf(fields.cmdlist).map((batch) => listOf(batch).map(String)),
    expect: Array.isArray(fields.expect) ? (fields.expect as HaEvent[]) : null,
  };
}

function readHardware(value: unknown): Map<string, NodeHardware> {
  if (value === undefined)
    return new Map(
      defaultNodes.map((node) => [node, { power: false, network: false, version: null, ...defaultCapacity }]),
    );
  return new Map(
    Object.entries(fieldsOf(value)).map(([node, raw]) => {
      const fields = fieldsOf(raw);
      return [
        node,
        {
          power: fields.power === 'on',
          network: fields.network === 'on',
          maxcpu: numberOf(fields.maxcpu),
          maxmem: numberOf(fields.maxmem),
          version: textOf(fields['pve-manager-version']),
        },
      ];
    }),
  );
}

function readManager(value: unknown): ManagerRecord {
  const fields = fieldsOf(value);
  const record = newManagerRecord();
  const master = textOf(fields.master_node);
  if (master !== null) record.master_node = master;
  for (const [node, view] of Object.entries(fieldsOf(fields.node_status)))
    record.node_status[node] = String(view) as NodeView;
  for (const [node, request] of Object.entries(fieldsOf(fields.node_request)))
    record.node_request[node] = { maintenance: Number(fieldsOf(request).maintenance ?? 0) };
  for (const [sid, raw] of Object.entries(fieldsOf(fields.service_status))) {
    record.service_status[sid] = readRecord(fieldsOf(raw));
  }
  const disarm = fieldsOf(fields.disarm);
  const mode = textOf(disarm.mode);
  if (mode !== null) record.disarm = { mode, state: disarm.state === 'disarmed' ? 'disarmed' : 'disarming' };
  return record;
}

function readRecord(fields: Fields): ServiceRecord {
  const record: ServiceRecord = {
    state: (textOf(fields.state) ?? '') as ServiceState,
    uid: textOf(fields.uid) ?? '',
  };
  for (const name of ['node', 'target', 'timeout', 'maintenance_node'] as const) {
    const text = textOf(fields[name]);
    if (text !== null) record[name] = text;
  }
  if (fields.running === true || Number(fields.running) === 1) record.running = 1;
  if (Array.isArray(fields.failed_nodes)) record.failed_nodes = fields.failed_nodes.map(String);
  if (Array.isArray(fields.cmd)) record.cmd = [String(fields.cmd[0]), String(fields.cmd[1])];
  return record;
}

function readServices(value: unknown): Record<string, RawServiceConfig> {
  if (value === undefined)
    return Object.fromEntries(
      [1, 2, 3, 1, 2, 3].map((node, index) => [`vm:${101 + index}`, { node: `node${node}` }]),
    );
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([sid, raw]) => [sid, plainValues(raw)]));
}

function readStats(value: unknown): Record<string, Record<string, number>> | null {
  if (value === undefined || value === null) return null;
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([sid, raw]) => [
      sid,
      Object.fromEntries(
        Object.entries(fieldsOf(raw)).flatMap(([name, figure]) => {
          const number = numberOf(figure);
          return number === null ? [] : [[name, number]];
        }),
      ),
    ]),
  );
}

function readSections(value: unknown): Section[] {
  return listOf(value).flatMap((raw) => {
    const { type, id, ...rest } = fieldsOf(raw);
    if (typeof type !== 'string' || typeof id !== 'string') return [];
    const properties = Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, String(text)]));
    return [{ type, id, properties }];
  });
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function plainValues(value: unknown): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([name, plain]) => {
      if (typeof plain === 'boolean') return [[name, plain ? 1 : 0]];
      return typeof plain === 'string' || typeof plain === 'number' ? [[name, plain]] : [];
    }),
  );
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
