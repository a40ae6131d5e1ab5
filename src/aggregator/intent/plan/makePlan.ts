import {
  type IntentDiff,
  type ReadDiff,
  readDiff,
  type UnreadableDiff,
} from '../../../contract/intent/diff.ts';
import type { PlanBlocker, PlanFinding, PlanVerdict } from '../../../contract/intent/plan.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { deviceFindings } from '../guest/deviceRules.ts';
import { wantedName } from '../guest/guestParams.ts';
import { type IntentActor, permissionFor } from '../intentActor.ts';
import type { IntentCluster } from '../intentCluster.ts';
import { type IntentSettings, writeBlocker } from '../intentSettings.ts';
import { ClusterProbe } from '../probe/clusterProbe.ts';
import { fieldFindings } from './fieldFindings.ts';
import { blocked, decisive } from './findings.ts';
import { MemoryLedger } from './nodeFindings.ts';
import { diffsHash, planHash } from './planHash.ts';
import { type PlanLedgers, prepareCreate } from './prepareCreate.ts';
import { prepareDelete } from './prepareDelete.ts';
import { type PreparedChange, refused } from './preparedChange.ts';
import { prepareUpdate } from './prepareUpdate.ts';
import { StorageLedger } from './storageFindings.ts';

/** What a plan is made with, beside the changes themselves. */
export interface PlanContext {
  readonly cluster: IntentCluster;
  readonly actor: IntentActor;
  readonly settings: IntentSettings;
  /** Number of the undecided or unfinished deletion request for a guest of this cluster. */
  readonly openRequest: (vmid: number) => Promise<number | null>;
}

/** One change with everything that is known about it. */
export interface PlannedChange {
  /** As it came. */
  readonly wire: IntentDiff;
  readonly diff: ReadDiff | UnreadableDiff;
  readonly prepared: PreparedChange;
  readonly verdict: PlanVerdict;
}

export interface Plan {
  readonly changes: readonly PlannedChange[];
  readonly blockers: readonly PlanBlocker[];
  readonly permitted: boolean;
  readonly quorate: boolean | null;
  readonly diffsHash: string;
  readonly hash: string;
}

/** Probes the live cluster for every change. Does not reject for what Proxmox answers: that becomes verdicts. */
export async function makePlan(diffs: readonly IntentDiff[], context: PlanContext): Promise<Plan> {
  const { cluster, settings } = context;
  const probe = new ClusterProbe(cluster.api);
  const read = diffs.map((diff, index) => readDiff(diff, index));
  const blockers: PlanBlocker[] = [];
  const gate = writeBlocker(settings, cluster);
  if (gate !== null) blockers.push(gate);
  let quorate: boolean | null = null;
  let unreachable: string | null = null;
  try {
    const facts = await probe.facts();
    quorate = facts.quorate;
    if (quorate !== true)
      blockers.push({
        code: 'not_quorate',
        message:
          quorate === false
            ? `${cluster.key} has no quorum and takes no changes. Plan again once it is quorate.`
            : `Whether ${cluster.key} is quorate was not told. Plan again when it is.`,
      });
    warmUp(read, probe);
  } catch (error) {
    unreachable = error instanceof HttpFailure ? error.message : 'unexpected failure';
    blockers.push({
      code: 'cluster_unreachable',
      message: `${cluster.key} cannot be read: ${unreachable}. Plan again when it answers.`,
    });
  }
  const ledgers: PlanLedgers = { memory: new MemoryLedger(), storage: new StorageLedger() };
  const claimed = new Map<number, number>();
  const changes: PlannedChange[] = [];
  for (const [index, diff] of read.entries()) {
    const wire = diffs[index];
    if (wire === undefined) break;
    // One after the other, so that room and memory are counted in the order of the changes; the reading is under way.
    const prepared = await prepare(diff, probe, ledgers, context, claimed, unreachable);
    changes.push({ wire, diff, prepared, verdict: toVerdict(diff, prepared) });
  }
  const ofDiffs = diffsHash(cluster.key, diffs);
  return {
    changes,
    blockers,
    permitted: blockers.length === 0 && changes.every(({ verdict }) => verdict.verdict !== 'blocked'),
    quorate,
    diffsHash: ofDiffs,
    hash: planHash(
      ofDiffs,
      changes.map((change) => seenOf(change)),
      quorate,
    ),
  };
}

/** What must still be so when the change is applied: what was seen, and whether it was blocked. */
export function seenOf({ prepared, verdict }: PlannedChange): string {
  return `${verdict.verdict === 'blocked' ? `blocked ${verdict.reason}` : 'open'} ${prepared.seen}`;
}

/** Starts all reading at once. */
function warmUp(read: readonly (ReadDiff | UnreadableDiff)[], probe: ClusterProbe): void {
  void probe.facts().then(({ guests }) => {
    for (const diff of read) {
      if ('problem' in diff) continue;
      const { vmid, template_vmid: templateVmid, iso, ostemplate, node } = diff.payload;
      if (diff.op !== 'create') {
        const guest = guests.get(vmid);
        if (guest?.node === node && guest.kind === diff.kind) void probe.guestConfig(node, diff.kind, vmid);
      } else {
        const template = templateVmid === undefined ? undefined : guests.get(templateVmid);
        if (template?.node != null && templateVmid !== undefined)
          void probe.guestConfig(template.node, diff.kind, templateVmid);
        const storageOf = (volid: string): string => volid.split(':', 1)[0] ?? '';
        if (iso !== undefined) void probe.storageFiles(node, storageOf(iso), 'iso');
        if (ostemplate !== undefined) void probe.storageFiles(node, storageOf(ostemplate), 'vztmpl');
      }
    }
  });
}

async function prepare(
  diff: ReadDiff | UnreadableDiff,
  probe: ClusterProbe,
  ledgers: PlanLedgers,
  context: PlanContext,
  claimed: Map<number, number>,
  unreachable: string | null,
): Promise<PreparedChange> {
  if ('problem' in diff)
    return refused(
      [blocked(diff.problem.code, diff.problem.message, diff.problem.path)],
      diff.problem.code,
      diff.name,
      null,
    );
  const { vmid, node } = diff.payload;
  const before: PlanFinding[] = [];
  const permission = permissionFor(diff.op, diff.kind);
  if (!context.actor.has(permission))
    before.push(
      blocked(
        'permission_missing',
        `Your key lacks the permission ${permission}. An administrator can give it.`,
      ),
    );
  const first = claimed.get(vmid);
  if (first === undefined) claimed.set(vmid, diff.index);
  else
    before.push(
      blocked(
        'vmid_twice',
        `Change ${first + 1} of this plan is about VMID ${vmid} too. Keep one of them.`,
        'vmid',
      ),
    );
  if (unreachable !== null)
    return refused(
      [...before, blocked('cluster_unreachable', `${context.cluster.key} cannot be read: ${unreachable}.`)],
      'unreachable',
      null,
      node,
    );
  if (diff.op !== 'delete') {
    const devices = deviceFindings(diff);
    // A device that is none has no call that could be prepared.
    if (devices.length > 0) return refused([...before, ...devices], 'devices', wantedName(diff), node);
    before.push(...fieldFindings(diff));
  }
  const { warnPlaintextPassword } = context.settings;
  const prepared =
    diff.op === 'create'
      ? await prepareCreate(diff, probe, ledgers, warnPlaintextPassword)
      : diff.op === 'update'
        ? await prepareUpdate(diff, probe, ledgers, warnPlaintextPassword)
        : await prepareDelete(diff, probe, await context.openRequest(vmid));
  if (before.length === 0) return prepared;
  return {
    ...prepared,
    findings: [...before, ...prepared.findings],
    // Something that is wanted was not looked at.
    isNoChange: prepared.isNoChange && before.every(({ verdict }) => verdict !== 'blocked'),
  };
}

function toVerdict(diff: ReadDiff | UnreadableDiff, prepared: PreparedChange): PlanVerdict {
  const worst = decisive(prepared.findings);
  return {
    index: diff.index,
    netbox_id: diff.netboxId,
    op: diff.op,
    kind: diff.kind ?? 'unknown',
    vmid: 'problem' in diff ? diff.vmid : diff.payload.vmid,
    name: prepared.name,
    node: prepared.node,
    verdict: worst?.verdict ?? 'permitted',
    reason: worst?.code ?? (prepared.isNoChange ? 'no_change' : 'default_permit'),
    message: worst?.message ?? (prepared.isNoChange ? 'Live already is what is wanted.' : 'Can be applied.'),
    findings: [...prepared.findings],
    changes: [...prepared.changes],
    ha: [...prepared.ha],
    no_change: prepared.isNoChange,
  };
}

/** One line with counts, as the published clients show it. */
export function planSummary(plan: Pick<Plan, 'changes'>): string {
  if (plan.changes.length === 0) return 'Nothing to do.';
  const count = (test: (change: PlannedChange) => boolean): number => plan.changes.filter(test).length;
  const parts = [
    `${count(({ diff }) => diff.op === 'create')} create`,
    `${count(({ diff }) => diff.op === 'update')} update`,
    `${count(({ diff }) => diff.op === 'delete')} delete by request`,
  ];
  const held = count(({ verdict }) => verdict.verdict === 'blocked');
  return [...parts, ...(held === 0 ? [] : [`${held} blocked`])].join(', ');
}
