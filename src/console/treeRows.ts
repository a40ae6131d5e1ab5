import { formatAge, formatPercent, plural } from '../base/format.ts';
import { plainText } from '../base/text.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../contract/model/placement.ts';
import type { StateView, Tone } from '../contract/stateView.ts';
import { toneRank } from '../contract/stateView.ts';
import { explainFleetError } from './errorText.ts';
import { type ClusterView, type FleetModel, type ModelConnection, toConsoleId } from './fleetModel.ts';
import { fencingState, modeBadge, ruleKindText, ruleState, wantedText } from './states.ts';
import type { EdgeLetter, TreeRow } from './treeRow.ts';

const maxNameLength = 60;

/** Name from outside as it stands in labels. */
export function nameText(name: string | null): string {
  return name === null ? '' : plainText(name, maxNameLength);
}

/** Edge letter of a tone; healthy, held and busy rows have none. */
export function edgeOf(tone: Tone, icon: string): EdgeLetter | null {
  if (tone === 'fail') return 'E';
  if (tone === 'warn') return 'W';
  if (tone === 'unknown') return icon === 'history' ? 'S' : '?';
  return null;
}

/** Facts of a description, at most three, parted by " · ". */
export function describe(...facts: (string | null | undefined | false)[]): string {
  return facts
    .filter((fact): fact is string => typeof fact === 'string' && fact !== '')
    .slice(0, 3)
    .join(' · ');
}

/** A state with its age: "lost 0:42" would tick every second, so ages tick in coarse steps. */
export function withAge(state: StateView, nowMs: number): string {
  return state.sinceMs === null ? state.label : `${state.label} ${formatAge(nowMs - state.sinceMs)}`;
}

/** Sentence for screen readers. */
function spoken(
  view: ClusterView,
  name: string,
  kind: string,
  state: StateView,
  extra: string,
  nowMs: number,
): string {
  const urgency =
    state.tone === 'fail'
      ? 'act now'
      : state.tone === 'warn'
        ? 'check soon'
        : state.tone === 'unknown'
          ? 'cannot be judged'
          : '';
  const age = view.freshness.sinceMs === null ? '' : `read ${formatAge(nowMs - view.freshness.sinceMs)} ago`;
  return [name, kind, state.label, extra, urgency, `cluster ${nameText(view.cluster.name)}`, age]
    .filter((part) => part !== '')
    .join(', ');
}

/** Worst of several states by rank; `undefined` for none. */
export function worstTone(tones: Iterable<Tone>): Tone {
  let worst: Tone = 'off';
  for (const tone of tones) if (toneRank[tone] > toneRank[worst]) worst = tone;
  return worst;
}

export function clusterRow(model: FleetModel, view: ClusterView): TreeRow {
  const { cluster, quorum, freshness } = view;
  const nowMs = model.now();
  const name = nameText(cluster.name);
  const several = model.connections.length > 1;
  const stale = freshness.tone === 'unknown';
  const resources = model.members(view, 'resources').length;
  const fencing = fencingState(cluster.fencing, resources, nowMs);
  const lost = model.members(view, 'nodes').filter((node) => node.online === false).length;
  const tone = worstTone([
    quorum.tone,
    freshness.tone,
    fencing.tone === 'warn' || fencing.tone === 'fail' ? fencing.tone : 'calm',
    lost > 0 ? 'warn' : 'calm',
  ]);
  const worst = stale ? freshness : quorum;
  const icon = stale ? freshness.icon : tone === 'warn' && quorum.tone === 'ok' ? 'warning' : quorum.icon;
  const nodes = model.members(view, 'nodes').length;
  return {
    id: view.id,
    label: name,
    description: describe(
      stale ? withAge(freshness, nowMs) : null,
      quorum.label,
      lost > 0 ? `${plural(lost, 'node')} lost` : null,
      fencing.tone === 'warn' || fencing.tone === 'fail' ? withAge(fencing, nowMs) : null,
      cluster.mode === 'standalone' ? plural(nodes, 'node') : null,
      several ? nameText(view.connection.name) : null,
    ),
    icon,
    tone,
    edge: edgeOf(tone, worst.icon),
    contextValue: `cluster+${cluster.mode}${stale ? '+stale' : ''}${kindTag(view.connection)}`,
    collapsible: 'expanded',
    accessibleLabel: [
      name,
      `${modeBadge(cluster.mode).label.toLowerCase()}`,
      quorum.label,
      stale ? withAge(freshness, nowMs) : 'current',
      lost > 0 ? `${plural(lost, 'node')} lost` : '',
      `connection ${nameText(view.connection.name)}`,
    ]
      .filter((part) => part !== '')
      .join(', '),
    open: { kind: 'haStatus', clusterId: view.id },
  };
}

function kindTag(connection: ModelConnection): string {
  return connection.kind === 'demo' ? '+demo' : '';
}

export function nodeRow(model: FleetModel, view: ClusterView, node: ClusterNode, haCount: number): TreeRow {
  const nowMs = model.now();
  const state = model.nodeStateOf(view, node, haCount);
  const lrm = model.lrmStateOf(view, node);
  const lrmMatters =
    node.online !== false && (toneRank[lrm.tone] > toneRank[state.tone] || lrm.tone === 'held');
  const shown = lrmMatters ? lrm : state;
  const name = nameText(node.name);
  const master = view.cluster.master.node === node.name && view.cluster.master.state === 'active';
  const online = node.online === true;
  return {
    id: toConsoleId(view.connection.id, node.id),
    label: name,
    description: describe(
      shown.tone === 'calm' ? null : withAge(shown, nowMs),
      master ? 'master' : null,
      haCount > 0 ? `${haCount} HA` : null,
      online && node.cpuRatio !== null ? `cpu ${formatPercent(node.cpuRatio)}` : null,
      online && node.memoryBytes !== null && node.maxMemoryBytes
        ? `mem ${formatPercent(node.memoryBytes / node.maxMemoryBytes)}`
        : null,
    ),
    icon: shown.icon === 'pulse' ? 'server' : shown.icon,
    tone: shown.tone,
    edge: edgeOf(shown.tone, shown.icon),
    contextValue: `node+${node.online === true ? 'online' : node.online === false ? 'lost' : 'unknown'}${kindTag(view.connection)}`,
    collapsible: 'none',
    accessibleLabel: spoken(view, name, 'node', shown, master ? 'HA master' : '', nowMs),
    open: { kind: 'haStatus', clusterId: view.id },
  };
}

export function resourceRow(model: FleetModel, view: ClusterView, resource: HaResource): TreeRow {
  const nowMs = model.now();
  const state = model.resourceStateOf(view, resource);
  const guest = model.guestOf(view, resource.vmid);
  const name = `${plainText(resource.sid, 30)}${resource.name === null ? '' : ` ${nameText(resource.name)}`}`;
  const wanted = wantedText(resource.requestState);
  const shown = resource.state ?? resource.crmState;
  const differs =
    shown !== null && wanted !== shown && state.tone !== 'busy' && resource.requestState !== null;
  return {
    id: toConsoleId(view.connection.id, resource.id),
    label: name,
    description: describe(
      state.tone === 'calm' ? null : state.label,
      resource.node === null ? null : nameText(resource.node),
      differs && state.tone !== 'off' ? `wanted ${wanted}` : null,
    ),
    icon: state.icon,
    tone: state.tone,
    edge: edgeOf(state.tone, state.icon),
    contextValue: `ha+${state.tone === 'fail' ? 'error' : state.tone}${guest === undefined ? '' : '+guest'}`,
    collapsible: 'none',
    accessibleLabel: spoken(
      view,
      name,
      'HA resource',
      state,
      resource.node === null ? '' : `on ${nameText(resource.node)}`,
      nowMs,
    ),
    open:
      guest === undefined
        ? { kind: 'haStatus', clusterId: view.id }
        : { kind: 'guest', guestId: toConsoleId(view.connection.id, guest.id) },
  };
}

export function guestRow(model: FleetModel, view: ClusterView, guest: Guest): TreeRow {
  const nowMs = model.now();
  const state = model.guestStateOf(view, guest);
  const name = `${guest.vmid}${guest.name === null ? '' : ` ${nameText(guest.name)}`}`;
  const managed = guest.haManaged;
  return {
    id: toConsoleId(view.connection.id, guest.id),
    label: name,
    description: describe(
      state.tone === 'calm' || state.tone === 'off' ? (guest.template ? 'template' : null) : state.label,
      guest.node === null ? null : nameText(guest.node),
      guest.lock === null ? null : `locked (${plainText(guest.lock, 20)})`,
      managed === 'notManaged' && !guest.template ? 'not in HA' : managed === 'unknown' ? 'HA unknown' : null,
    ),
    icon: state.icon,
    tone: state.tone,
    edge: edgeOf(state.tone, state.icon),
    contextValue: `guest+${managed === 'managed' ? 'managed' : managed === 'notManaged' ? 'unmanaged' : 'unknown'}`,
    collapsible: 'none',
    accessibleLabel: spoken(
      view,
      name,
      guest.kind === 'lxc' ? 'container' : 'virtual machine',
      state,
      guest.node === null ? '' : `on ${nameText(guest.node)}`,
      nowMs,
    ),
    open: { kind: 'guest', guestId: toConsoleId(view.connection.id, guest.id) },
  };
}

export function groupRow(view: ClusterView, group: HaGroup): TreeRow {
  const name = nameText(group.name);
  const nodes = group.nodes.map((node) =>
    node.priority === 0 ? nameText(node.name) : `${nameText(node.name)}:${node.priority ?? '?'}`,
  );
  const flags = describe(group.restricted && 'restricted', group.nofailback && 'no failback');
  return {
    id: toConsoleId(view.connection.id, group.id),
    label: name,
    description: describe(nodes.join(', '), flags),
    icon: 'layers',
    tone: 'calm',
    edge: null,
    contextValue: 'group',
    collapsible: 'none',
    accessibleLabel: `${name}, HA group, nodes ${nodes.join(', ')}${flags === '' ? '' : `, ${flags}`}, cluster ${nameText(view.cluster.name)}`,
    open: { kind: 'haStatus', clusterId: view.id },
  };
}

export function ruleRow(view: ClusterView, rule: HaRule): TreeRow {
  const name = nameText(rule.name);
  const state = ruleState(rule);
  const kind = ruleKindText(rule);
  return {
    id: toConsoleId(view.connection.id, rule.id),
    label: name,
    description: describe(
      state.tone === 'calm' ? null : state.label,
      kind,
      plural(rule.resources.length, 'resource'),
    ),
    icon: state.icon,
    tone: state.tone,
    edge: edgeOf(state.tone, state.icon),
    contextValue: 'rule',
    collapsible: 'none',
    accessibleLabel: `${name}, HA rule, ${kind}, ${state.label}, ${plural(rule.resources.length, 'resource')}, cluster ${nameText(view.cluster.name)}`,
    open: { kind: 'haStatus', clusterId: view.id },
  };
}

/** Row of a connection: shown while it has no clusters to show, or does not work. */
export function connectionRow(model: FleetModel, entry: ModelConnection): TreeRow {
  const name = nameText(entry.name);
  const { state } = entry.connection;
  const id = `connection:${entry.id}`;
  const open = { kind: 'command', command: 'proxbox.connection.test', argument: id } as const;
  if (state.kind === 'waiting' || state.kind === 'halted') {
    const text = explainFleetError(state.error, { connectionName: entry.name });
    const refused = state.error.code === 'unauthorized' || state.error.code === 'secretUnavailable';
    const certificate = state.error.certificate !== null;
    const age = state.error.sinceMs === null ? '' : formatAge(model.now() - state.error.sinceMs);
    return {
      id,
      label: name,
      description: describe(
        text.what.replace(/\.$/, ''),
        state.kind === 'waiting' ? `for ${age}` : 'stopped',
      ),
      icon: refused ? 'key' : 'debug-disconnect',
      tone: state.kind === 'halted' ? 'fail' : 'unknown',
      edge: state.kind === 'halted' ? 'E' : '?',
      contextValue: `connection+failed+retry${refused ? '+key' : ''}${certificate ? '+certificate' : ''}`,
      collapsible: 'none',
      accessibleLabel: `${name}, connection, ${text.what} ${text.next}`,
      open: refused ? { kind: 'command', command: 'proxbox.connection.updateKey', argument: id } : open,
    };
  }
  const idle = state.kind === 'idle';
  const empty = state.kind === 'live';
  return {
    id,
    label: name,
    description: idle ? 'paused' : empty ? 'no clusters configured on this server' : 'reading…',
    icon: idle ? 'debug-pause' : empty ? 'info' : 'sync',
    tone: idle ? 'off' : empty ? 'calm' : 'busy',
    edge: null,
    contextValue: 'connection',
    collapsible: 'none',
    accessibleLabel: `${name}, connection, ${idle ? 'paused' : empty ? 'live, no clusters' : 'reading'}`,
    open,
  };
}

/** A row that says something instead of showing an object. */
export function messageRow(
  id: string,
  label: string,
  description: string,
  icon: string,
  tone: Tone,
  tags = '',
): TreeRow {
  return {
    id,
    label,
    description,
    icon,
    tone,
    edge: edgeOf(tone, icon),
    contextValue: `row${tags}`,
    collapsible: 'none',
    accessibleLabel: description === '' ? label : `${label}, ${description}`,
    open: null,
  };
}

export function categoryRow(
  id: string,
  label: string,
  description: string,
  tone: Tone,
  clusterName: string,
  expanded = false,
): TreeRow {
  const marked = toneRank[tone] >= toneRank.warn;
  return {
    id,
    label,
    description,
    icon: tone === 'fail' ? 'error' : tone === 'warn' ? 'warning' : tone === 'unknown' ? 'question' : null,
    tone: marked ? tone : 'calm',
    edge: marked ? edgeOf(tone, 'question') : null,
    contextValue: 'category',
    collapsible: expanded ? 'expanded' : 'collapsed',
    accessibleLabel: `${label}, ${description}, cluster ${clusterName}`,
    open: null,
  };
}
