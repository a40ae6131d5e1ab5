/** A section of a configuration file: its type, its id and its properties as text. */
export interface Section {
  readonly type: string;
  readonly id: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** Parts of a list: separated by comma, semicolon or blanks. */
export function listOf(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,;]+/).filter((part) => part !== '');
}

/** Nodes with their priorities, `pve1:2,pve2`; an entry that cannot be read is left out. */
export function nodesWithPriority(text: string | undefined): Map<string, number> {
  const nodes = new Map<string, number>();
  for (const part of listOf(text)) {
    const [, name, priority] = /^([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(\d+))?$/.exec(part) ?? [];
    if (name !== undefined) nodes.set(name, priority === undefined ? 0 : Number(priority));
  }
  return nodes;
}

/** A flag as configuration files write it. */
export function isOn(text: string | undefined): boolean {
  return text !== undefined && /^(1|on|yes|true)$/i.test(text);
}
