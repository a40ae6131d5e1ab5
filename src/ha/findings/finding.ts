import type { ClusterPicture } from '../foresight/clusterPicture.ts';

/** What can be wrong with a cluster's HA at rest. */
export const findingCodes = [
  'outside-strict-nodes',
  'apart-together',
  'together-split',
  'not-on-best-node',
  'rule-infeasible',
  'rule-refused',
  'single-node-strict',
  'unknown-node',
  'unknown-guest',
  'unknown-group',
  'not-an-ha-resource',
  'unmanaged-guests',
  'two-votes',
  'disarmed-long',
  'not-checked',
] as const;
export type FindingCode = (typeof findingCodes)[number];

/**
 * `error`: nothing protects the guests now. `warning`: reality or configuration is not as asked. `information`: a risk
 * somebody may have accepted. `unknown`: it could not be checked, which is never the same as nothing found.
 */
export type FindingSeverity = 'error' | 'unknown' | 'warning' | 'information';

/** What a finding is about, by the names that Proxmox uses, as told (not fit for showing as they are). */
export interface FindingSubjects {
  /** Guests and HA resources, `vm:101`. */
  readonly sids: readonly string[];
  readonly nodes: readonly string[];
  readonly rules: readonly string[];
  readonly groups: readonly string[];
}

/** Something to find fault with. Texts are single lines in which names from outside were made harmless. */
export interface Finding {
  /** The same for the same fault as long as it lasts. */
  readonly id: string;
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  readonly title: string;
  readonly explanation: string;
  readonly nextStep: string;
  readonly subjects: FindingSubjects;
}

/** Why nothing told of a cluster can be taken as present. */
export type NotCurrent = 'noQuorum' | 'quorumUnknown' | 'stale' | 'neverRead';

/** What the findings are made from. */
export interface FindingsInput {
  readonly picture: ClusterPicture;
  /** Why the picture is a memory; `null` while it can be judged. */
  readonly notCurrent: NotCurrent | null;
  /** Now, on the clock of the server that told the picture; epoch milliseconds. */
  readonly nowMs: number;
  /** Since when no resource moves and the same nodes are online, on the same clock; `null` when not known. */
  readonly atRestSinceMs: number | null;
  /** How long HA may be disarmed before that is a finding. */
  readonly disarmedLimitMs: number;
}

/** Findings of one family, and why some of it could not be checked (sentences). */
export interface FamilyFindings {
  readonly findings: readonly Finding[];
  readonly unknowns: readonly string[];
}

/** Subjects of which only some kinds are given. */
export function about(subjects: Partial<FindingSubjects>): FindingSubjects {
  return { sids: [], nodes: [], rules: [], groups: [], ...subjects };
}
