import * as z from 'zod';
import { plainLine } from '../plainLine.ts';
import { type GuestKind, type GuestPayload, guestPayloadSchema } from './guestPayload.ts';

export const intentOps = ['create', 'update', 'delete'] as const;
export type IntentOp = (typeof intentOps)[number];

/** `firewall` is part of the published contract; it is read so that it can be refused by name. */
const wireKind = z.enum(['qemu', 'lxc', 'virtualmachine', 'firewall']);

const vmidOrNull = z.number().int().nullable().optional();
const textOrNull = z.string().max(255).nullable().optional();

/**
 * One wanted change. `payload` is what the apply route takes; the `proxmox_…` fields are the plan route's published
 * short form. Unknown fields are refused with their path (stricter than the original, which keeps them unread).
 */
export const intentDiffSchema = z.strictObject({
  op: z.enum(intentOps),
  kind: wireKind,
  netbox_id: z.number().int().nullable().optional(),
  name: textOrNull,
  proxmox_node: textOrNull,
  proxmox_storage: textOrNull,
  proxmox_iso: textOrNull,
  proxmox_template_vmid: vmidOrNull,
  desired_vmid: vmidOrNull,
  /** Why a guest is to go; the second person reads it. */
  reason: z.string().trim().max(255).pipe(plainLine).optional(),
  /** Checked against {@link guestPayloadSchema} per diff, so that one bad payload blocks one diff. */
  payload: z.record(z.string(), z.unknown()).optional(),
});
export type IntentDiff = z.infer<typeof intentDiffSchema>;

/** At most this many changes in one request. */
export const maxDiffs = 1_000;

/** A change that could be read: kind and target are settled. */
export interface ReadDiff {
  readonly index: number;
  readonly op: IntentOp;
  readonly kind: GuestKind;
  readonly netboxId: number | null;
  readonly reason: string | null;
  readonly payload: GuestPayload;
}

/** A change that could not be read, with what is wrong and where. */
export interface UnreadableDiff {
  readonly index: number;
  readonly op: IntentOp;
  readonly kind: GuestKind | null;
  readonly netboxId: number | null;
  readonly vmid: number | null;
  readonly name: string | null;
  readonly problem: {
    readonly code: 'payload_invalid' | 'firewall_not_offered';
    readonly message: string;
    readonly path: string;
  };
}

/** Settles kind, target and payload of one wire diff. */
export function readDiff(diff: IntentDiff, index: number): ReadDiff | UnreadableDiff {
  const head = { index, op: diff.op, netboxId: diff.netbox_id ?? null };
  const short = shortForm(diff);
  const merged = { ...short, ...diff.payload };
  const vmid = typeof merged.vmid === 'number' ? merged.vmid : null;
  const name = typeof merged.name === 'string' ? merged.name : null;
  if (diff.kind === 'firewall')
    return {
      ...head,
      kind: null,
      vmid,
      name,
      problem: {
        code: 'firewall_not_offered',
        message: 'Firewall changes are not offered by this server. Make them in Proxmox.',
        path: 'kind',
      },
    };
  const kind: GuestKind = diff.kind === 'lxc' ? 'lxc' : 'qemu';
  const contradicted = Object.keys(short).find((key) => {
    const given = diff.payload?.[key];
    return given !== undefined && given !== null && String(given) !== String(short[key]);
  });
  if (contradicted !== undefined)
    return {
      ...head,
      kind,
      vmid,
      name,
      problem: {
        code: 'payload_invalid',
        message: `payload.${contradicted}: differs from what the change says outside of its payload`,
        path: `payload.${contradicted}`,
      },
    };
  const parsed = guestPayloadSchema.safeParse(merged);
  if (parsed.success) return { ...head, kind, reason: diff.reason ?? null, payload: parsed.data };
  const [issue] = parsed.error.issues;
  const at = issue?.path.map(String) ?? [];
  const path = ['payload', ...at, ...(issue?.code === 'unrecognized_keys' ? [issue.keys[0] ?? ''] : [])].join(
    '.',
  );
  return {
    ...head,
    kind,
    vmid,
    name,
    problem: {
      code: 'payload_invalid',
      message: `${path}: ${issue?.code === 'unrecognized_keys' ? 'unknown field' : (issue?.message ?? 'does not fit')}`,
      path,
    },
  };
}

/** The payload that the plan route's short fields stand for. */
function shortForm(diff: IntentDiff): Record<string, unknown> {
  const entries: [string, unknown][] = [
    ['vmid', diff.desired_vmid],
    ['node', diff.proxmox_node],
    ['name', diff.name],
    ['storage', diff.proxmox_storage],
    ['iso', diff.proxmox_iso],
    ['template_vmid', diff.proxmox_template_vmid],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined));
}
