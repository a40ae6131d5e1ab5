import type { MemberKind } from './judgement.ts';

/** Ids whose verdict or words depend on what changed. */
export class Touched {
  readonly clusters = new Set<string>();
  readonly nodes = new Set<string>();
  /** Resources, guests, rules and groups to judge again. */
  readonly others = new Set<string>();
  /** Records whose words mention the changed one. */
  readonly joined = new Set<string>();

  of(id: string, kind: MemberKind | undefined): void {
    if (kind === 'node') this.nodes.add(id);
    else this.others.add(id);
  }

  forget(id: string): void {
    this.nodes.delete(id);
    this.others.delete(id);
    this.joined.delete(id);
  }
}
