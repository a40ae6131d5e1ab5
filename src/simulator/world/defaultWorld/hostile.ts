import type { ClusterSpec } from '../clusterSpec.ts';
import type { GuestSpec } from '../guestSpec.ts';

/** Names that break careless clients. A real cluster forbids some; a look-alike of a broken one does not. */
export function hostileGuests(spec: ClusterSpec): GuestSpec[] {
  const node = spec.nodes[0]?.name ?? '';
  const names = [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(document.domain)</script>',
    'поставка-数据库-🦊',
    'invoice\u202egpj.exe',
    '$(command:workbench.action.quit) [link](command:evil)',
    `very-long-${'x'.repeat(240)}`,
  ];
  return names.map((name, index) => ({
    vmid: 7001 + index,
    name,
    node,
    tags: ['<b>bold</b>', 'ünïcödé'],
    description: `# ${name}\n\n[click](javascript:alert(1))`,
    ha: { state: 'started', comment: name },
  }));
}
