import { plainText } from '../../base/text.ts';
import type { DeletionRequest } from '../../contract/intent/deletionRequest.ts';

/** "prod/vm 105 db-01". */
export function guestLabel(request: DeletionRequest): string {
  const name = plainText(request.name ?? '', 60);
  const kind = request.kind === 'lxc' ? 'ct' : 'vm';
  return `${plainText(request.cluster ?? '', 60)}/${kind} ${request.vmid}${name === '' ? '' : ` ${name}`}`;
}
