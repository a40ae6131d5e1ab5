import type { DeskPicture } from '../../../../src/console/intent/writeDesk.ts';
import {
  type DeletionRequest,
  deletionRequestSchema,
} from '../../../../src/contract/intent/deletionRequest.ts';
import { type Me, meSchema } from '../../../../src/contract/intent/identity.ts';

export const nowMs = Date.UTC(2026, 0, 10, 12);

const may = { allowed: true, code: null, message: null };
const no = (message: string) => ({ allowed: false, code: 'x', message });

/** A request of mira's as tom sees it, two hours old. */
export function requestWith(fields: Record<string, unknown> = {}): DeletionRequest {
  return deletionRequestSchema.parse({
    id: 42,
    cluster: 'prod',
    vmid: 105,
    node: 'pve2',
    kind: 'qemu',
    name: 'db-01',
    state: 'pending',
    created_at: nowMs / 1000 - 7_200,
    updated_at: nowMs / 1000 - 7_200,
    expires_at: nowMs / 1000 + 6 * 86_400 + 3_600,
    requested_by: 'mira',
    reason: 'decommissioned',
    metadata_snapshot: {
      vmid: 105,
      kind: 'qemu',
      node: 'pve2',
      name: 'db-01',
      status: 'running',
      config: {
        scsi0: 'local-lvm:vm-105-disk-0,size=32G',
        scsi1: 'local-lvm:vm-105-disk-1,size=8G',
        ide2: 'none,media=cdrom',
        cores: '2',
      },
      ha: [{ subject: 'rule', id: 'keep-db', effect: 'removed', message: 'Rule keep-db goes with it.' }],
    },
    history: [{ at: nowMs / 1000 - 7_200, actor: 'mira', to_state: 'pending', note: 'decommissioned' }],
    may: { approve: may, reject: may, execute: no('This request is pending.') },
    ...fields,
  });
}

/** The same as mira sees it. */
export function ownRequest(fields: Record<string, unknown> = {}): DeletionRequest {
  return requestWith({
    may: {
      approve: no('You asked for this, so somebody else decides.'),
      reject: may,
      execute: no('This request is pending.'),
    },
    ...fields,
  });
}

export function meWith(fields: Record<string, unknown> = {}): Me {
  return meSchema.parse({
    actor: 'tom',
    permissions: ['view', 'authorize_deletion_request'],
    intent_available: true,
    four_eyes: true,
    self_approval_allowed: false,
    ...fields,
  });
}

export function pictureWith(fields: Partial<DeskPicture> = {}): DeskPicture {
  return {
    connectionId: 'api',
    connectionName: 'prod-api',
    me: meWith(),
    requests: [],
    runs: [],
    entries: [],
    readAtMs: nowMs,
    failure: null,
    isOffered: true,
    ...fields,
  };
}
