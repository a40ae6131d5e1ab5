import { SimulationAbort } from '../haEnvironment.ts';
import type { ClusterSim, HostedNode } from './clusterSim.ts';

const nodeVerbs = new Set([
  'power',
  'network',
  'reboot',
  'shutdown',
  'restart-lrm',
  'crm',
  'cfs',
  'pve-manager-version',
]);

/**
 * Executes one command of a scenario.
 *
 * @throws SimulationAbort for a command that cannot be executed.
 */
export function executeCommand(sim: ClusterSim, command: string, source: string): void {
  const words = command.trim().split(/\s+/);
  const [verb = '', name = ''] = words;
  const node = sim.nodes.get(name);
  if (nodeVerbs.has(verb) && node === undefined) throw new SimulationAbort(`there is no node ${name}`);
  sim.emit(sim.nowS, source, 'execute', { command });
  if (node !== undefined && nodeVerbs.has(verb)) {
    executeOnNode(sim, node, words);
    return;
  }
  if (verb === 'service') {
    executeOnService(sim, name, words.slice(2));
    return;
  }
  if (verb === 'delay') {
    sim.delay(Number(name));
    return;
  }
  if (verb === 'skip-round' && (name === 'crm' || name === 'lrm')) {
    sim.skipRounds(name, Number(words[2] ?? 1));
    return;
  }
  throw new SimulationAbort(`nobody knows ${command}`);
}

function executeOnNode(sim: ClusterSim, node: HostedNode, words: readonly string[]): void {
  const [verb, , argument, value] = words;
  switch (verb) {
    case 'power':
      argument === 'on' ? powerOn(sim, node) : powerOff(sim, node);
      return;
    case 'network':
      node.network = argument === 'on';
      return;
    case 'reboot':
    case 'shutdown':
      node.shutdown = verb;
      node.lrm?.requestShutdown(verb);
      return;
    case 'restart-lrm':
      if (node.lrm === null) return;
      node.isLrmRestarting = true;
      node.lrm.requestShutdown(null);
      return;
    case 'crm':
      executeOnCrm(sim, node, words.slice(2));
      return;
    case 'cfs':
      if (argument === 'rw') node.cannotReadWrite = value === 'fail';
      else node.cannotUpdate = value === 'fail';
      return;
    case 'pve-manager-version':
      node.version = value ?? null;
      return;
    default:
      throw new SimulationAbort(`nobody knows ${verb}`);
  }
}

function powerOn(sim: ClusterSim, node: HostedNode): void {
  if (!node.power) {
    if (node.crm === null) sim.startCrm(node);
    if (node.lrm === null) sim.startLrm(node);
    node.isLrmRestarting = false;
    node.cannotReadWrite = false;
    node.cannotUpdate = false;
  }
  node.power = true;
  node.network = true;
  node.shutdown = null;
}

function powerOff(sim: ClusterSim, node: HostedNode): void {
  if (node.power) {
    node.crm = null;
    node.lrm = null;
    sim.stores.dropWatchdogs(node.name);
    sim.services.powerOff(node.name);
  }
  node.power = false;
  node.network = false;
  node.shutdown = null;
}

function executeOnCrm(sim: ClusterSim, node: HostedNode, words: readonly string[]): void {
  const [action = ''] = words;
  switch (action) {
    case 'stop':
      if (node.crm === null) return;
      node.isCrmStopWanted = true;
      node.crm.requestExit();
      return;
    case 'start':
      if (node.crm === null) sim.startCrm(node);
      return;
    case 'enable-node-maintenance':
    case 'disable-node-maintenance':
      sim.stores.queue.push(`${action} ${node.name}`);
      return;
    case 'disarm-ha':
    case 'arm-ha':
      sim.stores.queue.push(words.join(' '));
      return;
    default:
      throw new SimulationAbort(`nobody knows crm ${action}`);
  }
}

function executeOnService(sim: ClusterSim, sid: string, words: readonly string[]): void {
  const { stores, services } = sim;
  const [action = '', ...rest] = words;
  const [first, second] = rest;
  const config = stores.rawService(sid);
  if (action === 'add') {
    if (config !== undefined || first === undefined) throw new SimulationAbort(`${sid} exists`);
    stores.setService(sid, { node: first, state: second ?? 'started' });
    services.setRunning(sid, first, Number(rest[2] ?? 0) !== 0);
    return;
  }
  if (['migrate', 'relocate', 'stop'].includes(action)) {
    stores.queue.push([action, sid, ...rest].join(' '));
    return;
  }
  if (config === undefined) throw new SimulationAbort(`there is no service ${sid}`);
  switch (action) {
    case 'started':
    case 'stopped':
    case 'disabled':
    case 'ignored':
      config.state = action;
      return;
    case 'delete':
      stores.deleteService(sid);
      return;
    case 'lock':
      config.lock = first ?? 'backup';
      return;
    case 'unlock':
      if (first === undefined || config.lock === first) delete config.lock;
      return;
    case 'manual-migrate':
      if (config.state !== 'ignored' && stores.manager.disarm?.mode !== 'ignore')
        throw new SimulationAbort(`${sid} is managed`);
      config.node = first ?? '';
      return;
    case 'set-static-stats':
      stores.staticStats[sid] = withStats(stores.staticStats[sid], rest, 'maxmem');
      return;
    case 'set-dynamic-stats':
      stores.dynamicStats[sid] = withStats(stores.dynamicStats[sid], rest, 'mem');
      return;
    default:
      throw new SimulationAbort(`nobody knows service ${action}`);
  }
}

/** Figures given as `name value` pairs; memory is given in MiB. */
function withStats<Stats extends object>(
  stats: Stats | undefined,
  words: readonly string[],
  memory: string,
): Stats {
  const given: Record<string, number> = {};
  for (let index = 0; index + 1 < words.length; index += 2) {
    const name = words[index] ?? '';
    given[name] = Number(words[index + 1]) * (name === memory ? 1024 ** 2 : 1);
  }
  return { ...stats, ...given } as Stats;
}
