/** How an intent document is written down. */
export type IntentLanguage = 'yaml' | 'json';

/** Language of an intent document by its name; `null` for every other file. */
export function intentLanguageOf(fileName: string): IntentLanguage | null {
  const ending = /\.proxbox-intent\.(ya?ml|json)$/i.exec(fileName)?.[1]?.toLowerCase();
  if (ending === undefined) return null;
  return ending === 'json' ? 'json' : 'yaml';
}

/** Pattern of all intent documents, for file searches and language features. */
export const intentFileGlob = '**/*.proxbox-intent.{yaml,yml,json}';

/**
 * A new document: one guest of each kind of change is shown, all but the first as comments, so that a plan of it as it is
 * shows one creation.
 */
export function intentTemplate(language: IntentLanguage, cluster: string, node: string): string {
  if (language === 'json')
    return `${JSON.stringify(
      {
        version: 1,
        cluster,
        guests: [
          {
            op: 'create',
            kind: 'qemu',
            vmid: 900,
            node,
            name: 'new-guest',
            cores: 2,
            memory_mib: 2048,
            storage: 'local-lvm',
            disk_gb: 16,
          },
        ],
      },
      null,
      2,
    )}\n`;
  return `# Guests that shall be created, changed or deleted on one cluster. Nothing happens before Apply.
version: 1
cluster: ${cluster}
guests:
  - op: create
    kind: qemu
    vmid: 900
    node: ${node}
    name: new-guest
    cores: 2
    memory_mib: 2048
    storage: local-lvm
    disk_gb: 16

  # Change a guest; what is left out stays as it is.
  # - op: update
  #   kind: lxc
  #   vmid: 201
  #   node: ${node}
  #   memory_mib: 1024

  # Ask for a deletion; a second person decides, and nothing is destroyed before that.
  # - op: delete
  #   kind: qemu
  #   vmid: 105
  #   node: ${node}
  #   reason: decommissioned
`;
}
