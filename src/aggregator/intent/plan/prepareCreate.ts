import type { ReadDiff } from '../../../contract/intent/diff.ts';
import type { PlanChange, PlanFinding } from '../../../contract/intent/plan.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import type { PveParams } from '../../../pve/pveClient.ts';
import { readable } from '../guest/guestChanges.ts';
import {
  cloneParams,
  createLxcParams,
  createQemuParams,
  settingParams,
  wantedDisks,
  wantedName,
  wantedRoot,
} from '../guest/guestParams.ts';
import { parsePropertyString } from '../guest/propertyString.ts';
import { guestPath } from '../intentCluster.ts';
import type { ClusterFacts } from '../probe/clusterFacts.ts';
import type { ClusterProbe } from '../probe/clusterProbe.ts';
import { cloudInitFindings } from './cloudInitFindings.ts';
import { newDiskFindings } from './diskFindings.ts';
import { blocked, warning } from './findings.ts';
import { type MemoryLedger, nodeFindings } from './nodeFindings.ts';
import { type PreparedCall, type PreparedChange, refused } from './preparedChange.ts';
import { fileFindings, type StorageLedger } from './storageFindings.ts';

/** What the checks of one plan share. */
export interface PlanLedgers {
  readonly memory: MemoryLedger;
  readonly storage: StorageLedger;
}

/** Checks a creation and prepares its calls. Rejects with `HttpFailure` when the cluster cannot be read. */
export async function prepareCreate(
  diff: ReadDiff,
  probe: ClusterProbe,
  ledgers: PlanLedgers,
  warnPlainPassword: boolean,
): Promise<PreparedChange> {
  const facts = await probe.facts();
  const { kind, payload } = diff;
  const { vmid, node } = payload;
  const name = wantedName(diff);
  const findings: PlanFinding[] = [];
  const taken = facts.guests.get(vmid);
  if (taken !== undefined)
    findings.push(
      blocked(
        'vmid_taken',
        `VMID ${vmid} is in use by ${taken.name ?? 'a guest without a name'} on ${taken.node ?? 'an unknown node'}. Choose another, or make this an update.`,
        'vmid',
      ),
    );
  findings.push(...nodeFindings(facts, node, true));
  if (name === null)
    findings.push(blocked('name_missing', 'A new guest needs a name.', kind === 'lxc' ? 'hostname' : 'name'));
  if (findings.some(({ verdict }) => verdict === 'blocked'))
    return refused(findings, seenOfCreation(taken?.name ?? null, ''), name, node);

  findings.push(...cloudInitFindings(kind, payload, warnPlainPassword));
  const root = kind === 'lxc' && payload.template_vmid === undefined ? wantedRoot(payload) : null;
  const context = { probe, facts, storage: ledgers.storage };
  for (const disk of [...(root === null ? [] : [root]), ...wantedDisks(kind, payload)])
    findings.push(...(await newDiskFindings(diff, disk, context)));
  if (payload.iso !== undefined)
    findings.push(...(await fileFindings(probe, facts, node, payload.iso, 'iso', 'iso')));
  const memory = payload.memory_mib ?? payload.memory;
  if (memory !== undefined) findings.push(...ledgers.memory.add(facts, node, memory));

  if (payload.template_vmid !== undefined) {
    const clone = await prepareClone(diff, payload.template_vmid, probe, facts, ledgers);
    return {
      findings: [...findings, ...clone.findings],
      changes: changesOf({ ...clone.params }),
      ha: [],
      calls: clone.calls,
      isNoChange: false,
      name,
      node,
      seen: seenOfCreation(null, clone.templateDigest),
    };
  }
  if (kind === 'lxc') {
    if (payload.ostemplate === undefined)
      findings.push(
        blocked('ostemplate_missing', 'A new container needs ostemplate or template_vmid.', 'ostemplate'),
      );
    else
      findings.push(...(await fileFindings(probe, facts, node, payload.ostemplate, 'vztmpl', 'ostemplate')));
    if (payload.storage !== undefined)
      findings.push(...ledgers.storage.add(facts, node, payload.storage, 'rootdir', null, 'storage'));
    if (payload.password !== undefined && warnPlainPassword)
      findings.push(
        warning(
          'plaintext_password_warning',
          'The root password travels in plain text. Public keys are the better way.',
          'password',
        ),
      );
  } else if (
    payload.cloud_init !== undefined &&
    !wantedDisks(kind, payload).some(({ value }) => value.includes('cloudinit'))
  )
    findings.push(
      warning(
        'no_cloud_init_drive',
        'Without a cloud-init drive the cloud-init settings have no effect.',
        'cloud_init',
      ),
    );
  const params = kind === 'lxc' ? createLxcParams(diff) : createQemuParams(payload);
  return {
    findings,
    changes: changesOf(params),
    ha: [],
    calls: [{ method: 'POST', path: `/nodes/${encodeURIComponent(node)}/${kind}`, params }],
    isNoChange: false,
    name,
    node,
    seen: seenOfCreation(null, ''),
  };
}

interface PreparedClone {
  readonly findings: readonly PlanFinding[];
  readonly calls: readonly PreparedCall[];
  /** Everything that the new guest gets, for the eye. */
  readonly params: PveParams;
  readonly templateDigest: string;
}

/** Clones keep what the template has; what the payload says beside it is set once the copy is there. */
async function prepareClone(
  diff: ReadDiff,
  templateVmid: number,
  probe: ClusterProbe,
  facts: ClusterFacts,
  ledgers: PlanLedgers,
): Promise<PreparedClone> {
  const { kind, payload } = diff;
  const none = (code: string, message: string): PreparedClone => ({
    findings: [blocked(code, message, 'template_vmid')],
    calls: [],
    params: {},
    templateDigest: '',
  });
  const template = facts.guests.get(templateVmid);
  if (template === undefined)
    return none('template_missing', `There is no guest ${templateVmid} to clone from.`);
  if (template.kind !== kind)
    return none(
      'template_kind',
      `Guest ${templateVmid} is ${template.kind === 'lxc' ? 'a container' : 'a virtual machine'}.`,
    );
  if (!template.template)
    return none('template_not_a_template', `Guest ${templateVmid} is not a template. Convert it first.`);
  if (template.node === null)
    return none('template_node_unknown', `Where template ${templateVmid} lies was not told.`);
  let config: Awaited<ReturnType<ClusterProbe['guestConfig']>>;
  try {
    config = await probe.guestConfig(template.node, kind, templateVmid);
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : 'unexpected failure';
    return none('template_unreadable', `Template ${templateVmid} cannot be read: ${why}.`);
  }
  const findings: PlanFinding[] = [];
  const inherited = Number(config.values.memory ?? Number.NaN);
  if ((payload.memory_mib ?? payload.memory) === undefined && Number.isFinite(inherited))
    findings.push(...ledgers.memory.add(facts, payload.node, inherited));
  const volumes = Object.entries(config.values).filter(([key, value]) => isVolume(kind, key, value));
  for (const [key, value] of volumes) {
    const { head, pairs } = parsePropertyString(value);
    const storage = head?.split(':', 1)[0] ?? '';
    const there = facts.storages.find(
      (candidate) => candidate.storage === storage && candidate.node === template.node,
    );
    if (template.node !== payload.node && there?.shared !== true)
      findings.push(
        blocked(
          'template_not_reachable',
          `${key} of template ${templateVmid} lies on ${storage} of ${template.node}, which ${payload.node} does not share. Create it on ${template.node}.`,
          'template_vmid',
        ),
      );
    if (payload.full_clone !== false)
      findings.push(
        ...ledgers.storage.add(
          facts,
          payload.node,
          payload.storage ?? storage,
          kind === 'lxc' ? 'rootdir' : 'images',
          sizeOf(pairs.get('size')),
          'storage',
        ),
      );
  }
  const base = guestPath(template.node, kind, templateVmid);
  const after = settingParams(kind, payload);
  for (const disk of wantedDisks(kind, payload)) {
    if (config.values[disk.key] !== undefined)
      findings.push(
        blocked(
          'disk_from_template',
          `${disk.key} comes from the template. Give new disks another place.`,
          'disks',
        ),
      );
    after[disk.key] = disk.value;
  }
  const calls: PreparedCall[] = [{ method: 'POST', path: `${base}/clone`, params: cloneParams(diff) }];
  if (Object.keys(after).length > 0)
    calls.push({
      method: 'PUT',
      path: `${guestPath(payload.node, kind, payload.vmid)}/config`,
      params: after,
    });
  return {
    findings,
    calls,
    params: { ...cloneParams(diff), template: templateVmid, ...after },
    templateDigest: config.digest ?? JSON.stringify(config.values),
  };
}

function isVolume(kind: 'qemu' | 'lxc', key: string, value: string): boolean {
  if (kind === 'lxc') return /^(rootfs|mp\d+)$/.test(key);
  return /^(scsi|virtio|ide|sata|efidisk|tpmstate)\d+$/.test(key) && !/media=cdrom/.test(value);
}

function sizeOf(text: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT])$/.exec(text ?? '');
  if (match === null) return null;
  const factor = { K: 1 / 1024 ** 2, M: 1 / 1024, G: 1, T: 1024 }[match[2] as 'K' | 'M' | 'G' | 'T'];
  return Number(match[1]) * factor;
}

function changesOf(params: PveParams): PlanChange[] {
  return Object.entries(params).map(([key, value]) => ({
    key,
    before: null,
    after: readable(key, String(value)),
  }));
}

function seenOfCreation(takenBy: string | null, templateDigest: string): string {
  return JSON.stringify({ takenBy, templateDigest });
}
