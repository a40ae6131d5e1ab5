import { plainText } from '../base/text.ts';
import type { HaResource, HaRule } from '../contract/model/placement.ts';
import type { Fact, GuestPageModel, PageAction } from '../contract/panels.ts';
import type { StateView } from '../contract/stateView.ts';
import { clockText } from './clockText.ts';
import type { ClusterContext } from './clusterContext.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { explainFleetError } from './errorText.ts';
import type { ClusterEntry } from './fleetModel.ts';
import { fateSentence } from './foresight/fateSentence.ts';
import type { GuestPageFacts } from './guestPageFacts.ts';
import { crmState, differsFromWanted, haResourceState, wantedWord } from './haResourceStates.ts';
import { ruleState, ruleWords } from './placementStates.ts';
import { nameText } from './rowWords.ts';
import { lastKnownState, notToldState } from './states.ts';
import { memoriesOf, unreadParts } from './unreadParts.ts';

/** All but the explanation of its place, which is worked out only when asked for. */
type HaPart = Omit<GuestPageModel['ha'], 'placement'>;

/** Three things that are never mixed up: managed, not managed, and nobody knows. */
export function guestHaPart(
  facts: GuestPageFacts,
  clusterId: string | null,
  resourceId: string | undefined,
): HaPart {
  const { model, guest, detail, context, entry } = facts;
  // The live list is newer than the detail: what it calls not managed is so, whatever was read before.
  const fromDetail = guest?.haManaged === 'notManaged' ? null : (detail?.resource ?? null);
  const resource = (resourceId === undefined ? undefined : model.resource(resourceId)) ?? fromDetail;
  const clusterPage: PageAction = { kind: 'open', id: clusterId ?? 'all' };
  const where = entry === undefined ? 'its cluster' : clusterDisplayName(model, entry);
  const isMemory =
    context === undefined || context.lastKnown !== null || memoriesOf('ha', context.cluster) !== 'none';
  if (resource !== null) {
    return {
      managed: 'yes',
      sentence: managedSentence(resource, where, isMemory, fateSentence(model, clusterId, resource)),
      facts: resourceFacts(facts, resource, isMemory),
      clusterPage,
    };
  }
  if (guest?.haManaged === 'managed') {
    return {
      managed: 'yes',
      sentence: `This guest is HA-managed by ${where}, but its HA rows could not be read, so its state is not known.`,
      facts: [
        { label: 'State', value: 'not told', state: notToldState('Its HA rows could not be read.') },
        { label: 'CRM state', value: guest.haState === null ? 'not told' : plainText(guest.haState, 60) },
        { label: 'Node', value: guest.node === null ? 'not told' : nameText(guest.node) },
      ],
      clusterPage,
    };
  }
  const notManaged = guest?.haManaged === 'notManaged';
  if (notManaged && !isOld(context) && doubtOf(context) === null) {
    const node = guest.node === null ? 'its node' : nameText(guest.node);
    return {
      managed: 'no',
      sentence: `This guest is not HA-managed: if ${node} dies, it stays stopped until somebody starts it.`,
      facts: [],
      clusterPage,
    };
  }
  return { managed: 'unknown', sentence: unknownSentence(facts, notManaged), facts: [], clusterPage };
}

/** Old data can still say what was; it cannot say that nobody has put the guest into HA since. */
function isOld(context: ClusterContext | undefined): boolean {
  return context === undefined || context.lastKnown === 'stale' || context.lastKnown === 'neverRead';
}

/** Why a guest that no HA row names may be managed all the same; `null` when the rows were read whole. */
function doubtOf(context: ClusterContext | undefined): string | null {
  return context === undefined
    ? null
    : (unreadParts(context.cluster, ['haStatus', 'haResources'])[0] ?? null);
}

function managedSentence(resource: HaResource, where: string, isMemory: boolean, fate: string): string {
  const node = resource.node === null ? 'its node' : nameText(resource.node);
  const wanted = wantedWord(resource);
  const then =
    wanted === 'ignored'
      ? 'HA is told to ignore it, so it is neither watched nor recovered.'
      : wanted === 'disabled'
        ? `It is wanted disabled, so it stays where it is if ${node} dies.`
        : wanted === 'stopped'
          ? `It is wanted stopped; if ${node} dies, it is moved but not started.`
          : fate;
  return `${isMemory ? 'When last read, this guest was' : 'This guest is'} HA-managed by ${where}. ${then}`;
}

function unknownSentence(facts: GuestPageFacts, notManaged: boolean): string {
  const { context, detail, reading } = facts;
  const reason =
    reading.state === 'failed'
      ? explainFleetError(reading.error, { connectionName: '' }).what
      : detail?.haError
        ? explainFleetError(detail.haError, { connectionName: '' }).what
        : isOld(context)
          ? 'the cluster does not answer.'
          : (doubtOf(context)?.replace(/^./, (letter) => letter.toLowerCase()) ??
            'this server does not tell.');
  const was =
    notManaged && context !== undefined && context.readAtMs !== null
      ? ` When last read at ${clockText(context.readAtMs)}, it was not.`
      : '';
  return `Whether this guest is HA-managed is not known: ${reason}${was} It may or may not be restarted if its node dies.`;
}

function resourceFacts(facts: GuestPageFacts, resource: HaResource, isMemory: boolean): Fact[] {
  const { model, entry, nowMs } = facts;
  const clockOffsetMs = entry === undefined ? 0 : model.clockOffsetMs(entry.connection.id);
  const shown = (state: StateView): StateView => (isMemory ? lastKnownState(state) : state);
  const state = shown(haResourceState(resource, { nowMs, clockOffsetMs }));
  const crm = shown(crmState(resource, { nowMs, clockOffsetMs }));
  const wanted = wantedWord(resource);
  const differs = differsFromWanted(resource) === true;
  return [
    { label: 'State', value: state.label, state },
    { label: 'CRM state', value: crm.label, state: crm },
    {
      label: 'Wanted',
      value: wanted === null ? 'not told' : `${plainText(wanted, 40)}${differs ? ' · differs' : ''}`,
      hint: 'What somebody configured, not what is happening.',
    },
    {
      label: 'Node',
      value: resource.node === null ? 'not told' : nameText(resource.node),
      ...(resource.node === null || entry === undefined
        ? {}
        : { action: { kind: 'reveal', id: model.nodeId(entry.id, resource.node) } as const }),
    },
    ...placementFacts(facts, resource),
    { label: 'Max restart', value: countText(resource.maxRestart) },
    { label: 'Max relocate', value: countText(resource.maxRelocate) },
    { label: 'Failback', value: flagText(resource.failback) },
    ...(resource.comment === null ? [] : [{ label: 'Comment', value: plainText(resource.comment) }]),
  ];
}

/** The group on Proxmox VE 8, the rules on 9, both while they move. */
function placementFacts(facts: GuestPageFacts, resource: HaResource): Fact[] {
  const { model, entry, detail } = facts;
  const placementModel = entry?.record.placementModel ?? 'unknown';
  const sections = entry?.record.sections;
  const list: Fact[] = [];
  const groups = placementModel === 'groups' || placementModel === 'both' || resource.group !== null;
  if (groups) {
    const none = sections?.haResources.state === 'read' ? 'none' : 'not told';
    list.push({ label: 'Group', value: resource.group === null ? none : nameText(resource.group) });
  }
  if (placementModel === 'groups') return list;
  const known = entry === undefined ? [] : model.rulesNaming(entry.id, resource.sid);
  const rules: readonly HaRule[] = known.length > 0 ? known : (detail?.rules ?? []);
  const state = sections?.haRules.state;
  const none = state === 'read' ? 'none' : state === 'notOffered' ? 'not offered' : 'not told';
  if (rules.length === 0) return [...list, { label: 'Rules', value: none }];
  return [
    ...list,
    ...rules.map((rule, index): Fact => {
      const verdict = entry === undefined ? undefined : model.state(toRuleId(entry, rule.name));
      const state = verdict ?? ruleState(rule);
      return {
        label: index === 0 ? 'Rules' : '',
        value: `${nameText(rule.name)} (${state.label})`,
        state,
        hint: ruleWords(rule),
      };
    }),
  ];
}

function toRuleId(entry: ClusterEntry, name: string): string {
  return `rule:${entry.id.slice('cluster:'.length)}/${name}`;
}

/** Zero is a figure; only an absent one reads "not told". */
function countText(count: number | null): string {
  return count === null ? 'not told' : String(count);
}

function flagText(flag: boolean | null): string {
  return flag === null ? 'not told' : flag ? 'yes' : 'no';
}
