import type { Fact } from './panels.ts';
import type { StateView } from './stateView.ts';

/** Why an HA resource is where it is, in finished words, as the page of its guest unfolds it. */
export interface PlacementPart {
  /** The reason in one sentence. */
  readonly answer: string;
  /** Whether it would move. */
  readonly movement: StateView;
  /** What would make it move and when, a sentence each. */
  readonly outlook: readonly string[];
  readonly facts: readonly Fact[];
  readonly rules: readonly { readonly name: string; readonly state: StateView; readonly text: string }[];
  readonly nodes: readonly {
    readonly node: string;
    readonly state: StateView;
    readonly priority: string;
    readonly resources: string;
    readonly why: string;
  }[];
  /** What could not be known, a sentence each. */
  readonly notes: readonly string[];
}
