/** Kinds of notices that can be switched off, each by its own setting `proxbox.notifications.<kind>`. */
export const noticeKinds = [
  'quorum',
  'margin',
  'quorumDevice',
  'node',
  'resource',
  'manager',
  'disarmed',
  'reading',
  'start',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/**
 * How loud a notice is. Nothing that happens in the background is louder than a warning: the editor shows errors even to
 * those who muted an extension, and an error is the answer to a command.
 */
export type NoticeSeverity = 'warning' | 'information';

/** A change for the worse, or one back to good, that is worth a notice. */
interface EdgeRule {
  readonly kind: NoticeKind;
  readonly severity: NoticeSeverity;
  /** How long the change must stand before it is told, milliseconds: shorter ones were a flicker. */
  readonly settleMs: number;
}

export const edgeRules = {
  quorumLost: { kind: 'quorum', severity: 'warning', settleMs: 2_000 },
  quorumRegained: { kind: 'quorum', severity: 'information', settleMs: 5_000 },
  marginGone: { kind: 'margin', severity: 'warning', settleMs: 5_000 },
  deviceLost: { kind: 'quorumDevice', severity: 'warning', settleMs: 5_000 },
  nodeLost: { kind: 'node', severity: 'warning', settleMs: 5_000 },
  // Resources are placed a round or two after the fence; the notice tells how many of them run again.
  nodeFenced: { kind: 'node', severity: 'information', settleMs: 20_000 },
  resourceError: { kind: 'resource', severity: 'warning', settleMs: 2_000 },
  resourceStuck: { kind: 'resource', severity: 'warning', settleMs: 0 },
  managerSilent: { kind: 'manager', severity: 'warning', settleMs: 15_000 },
  disarmed: { kind: 'disarmed', severity: 'information', settleMs: 2_000 },
  disarmedLong: { kind: 'disarmed', severity: 'warning', settleMs: 0 },
  notReadable: { kind: 'reading', severity: 'warning', settleMs: 60_000 },
} as const satisfies Record<string, EdgeRule>;

export type EdgeName = keyof typeof edgeRules;
export const edgeNames = Object.keys(edgeRules) as EdgeName[];

/** One notice per edge and cluster in this time; what comes meanwhile waits and is told as one. */
export const quietMs = 10 * 60_000;

/** What the watch asks the settings at the moment it matters. */
export interface NoticeSettings {
  readonly isOn: (kind: NoticeKind) => boolean;
  /** After this long in recovery a resource is stuck, milliseconds. */
  readonly stuckAfterMs: number;
  /** After this long a disarmed stack is worth a reminder, milliseconds. */
  readonly disarmReminderMs: number;
}

/** A button of a notice: one of our commands. */
export interface NoticeButton {
  readonly label: string;
  readonly command: string;
  readonly argument: string;
}

/** A finished notice. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly edge: EdgeName | 'start';
  readonly severity: NoticeSeverity;
  /** What happened and the next step. Names in it cannot form links. */
  readonly text: string;
  readonly buttons: readonly NoticeButton[];
}
