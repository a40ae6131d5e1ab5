import * as vscode from 'vscode';
import { proxmoxUrl } from '../../../console/proxmoxUrl.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';
import { knownRecordId } from '../knownRecord.ts';

/** Opens an object in Proxmox's own interface, at the address the cluster is read from. */
export async function openInProxmox(services: Services, argument: unknown): Promise<void> {
  const id = knownRecordId(services.model, argument);
  if (id === null) return;
  const url = proxmoxUrl(services.model, id);
  if (url === null)
    throw new OperatorError('This server does not tell where its Proxmox nodes are, so none can be opened.');
  await vscode.env.openExternal(vscode.Uri.parse(url, true));
}
