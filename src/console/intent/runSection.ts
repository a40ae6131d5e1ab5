import { formatStopwatch } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { IntentRun, RunItem } from '../../contract/intent/run.ts';
import type { PlanRow, PlanRowRun, RunSection } from '../../contract/planPanel.ts';
import type { StateView } from '../../contract/stateView.ts';
import { clockTextWithSeconds } from '../clockText.ts';
import { lastKnownState, notToldState, stateText } from '../states.ts';
import { opState, verdictState } from './planStates.ts';
import { changeLabel, shortId } from './planWords.ts';
import { isItemEnded, isItemGood, runItemState, runState } from './runStates.ts';

/** A run as the console follows it. */
export interface RunPicture {
  readonly uuid: string;
  /** `null` until the server told it. */
  readonly run: IntentRun | null;
  /** Why it is not followed now, as a sentence; the picture is the last one then. */
  readonly trouble: string | null;
  /** Somebody asked to leave out the rest, and the server has not ended the run yet. */
  readonly cancelling: boolean;
  /** Name of the cluster. */
  readonly cluster: string;
  /** What to add to the server's seconds, milliseconds. */
  readonly clockOffsetMs: number;
}

/** The run's part of the page. */
export function runSection(picture: RunPicture): RunSection {
  const { run } = picture;
  const short = shortId(picture.uuid) ?? '';
  const items = run?.results ?? [];
  const ended = items.filter(isItemEnded).length;
  const over = run?.state === 'done';
  const begunMs = consoleMs(picture, run?.created_at ?? null);
  const title = [
    `Run ${short}`,
    run?.actor == null ? null : `by ${plainText(run.actor, 60)}`,
    begunMs === null ? null : clockTextWithSeconds(begunMs),
  ]
    .filter((part) => part !== null)
    .join(' · ');
  return {
    name: short,
    title,
    state: standing(picture, begunMs),
    done: ended,
    total: items.length,
    end: over && run !== null ? runSentence(run) : null,
    cancel: over
      ? null
      : {
          label: 'Cancel Rest',
          off: picture.cancelling
            ? 'items not begun are left out'
            : items.some(({ status }) => status === 'queued') || run === null
              ? null
              : 'nothing is left to cancel',
        },
    report: runReport(picture),
  };
}

/** How a run ended, with the first thing that went wrong: "Applied in part: 2 of 3. vm 141 failed: storage full." */
export function runSentence(run: IntentRun): string {
  const total = run.results.length;
  const good = run.results.filter(isItemGood).length;
  const filed = run.results.filter(({ status }) => status === 'delete-pending-approval').length;
  const head =
    run.overall === 'succeeded'
      ? `Applied: ${good} of ${total}.`
      : run.overall === 'no_op'
        ? 'Nothing was to be done.'
        : run.overall === 'partial'
          ? `Applied in part: ${good} of ${total}.`
          : run.overall === 'failed'
            ? `Failed: ${good} of ${total} applied.`
            : 'The server did not tell how the run ended.';
  const bad = run.results.find(
    (item) => isItemEnded(item) && !isItemGood(item) && item.status !== 'cancelled',
  );
  const cancelled = run.results.filter(({ status }) => status === 'cancelled').length;
  return [
    head,
    bad === undefined ? null : `${changeLabel(bad)} ${runItemState(bad).label}${reasonText(bad)}`,
    cancelled === 0 ? null : `${cancelled} left out.`,
    filed === 0
      ? null
      : `${filed === 1 ? 'One deletion awaits' : `${filed} deletions await`} a second person; nothing was destroyed.`,
  ]
    .filter((part) => part !== null)
    .join(' ');
}

/** What became of an item, for its row. */
export function rowRun(item: RunItem, picture: RunPicture): PlanRowRun {
  const state = runItemState(item, consoleMs(picture, item.started_at));
  return {
    state: picture.trouble !== null && !isItemEnded(item) ? lastKnownState(state) : timed(state, item),
    message: item.message === null ? '' : plainText(item.message),
    ratio: item.status === 'running' ? item.progress : null,
    upid: item.proxmox_upid,
    requestId: item.deletion_request_id,
  };
}

/** A row of a run whose plan is not at hand. */
export function rowOfItem(item: RunItem, picture: RunPicture): PlanRow {
  return {
    index: item.index,
    label: changeLabel(item),
    op: opState(item.op),
    verdict: verdictState('permitted'),
    node: item.node === null ? '' : plainText(item.node, 60),
    summary: '',
    notes: [],
    line: null,
    diff: false,
    run: rowRun(item, picture),
  };
}

function standing(picture: RunPicture, begunMs: number | null): StateView {
  const { run } = picture;
  if (run === null) return notToldState(picture.trouble ?? 'The server has not told this run yet.');
  const state = runState(run, begunMs);
  return picture.trouble !== null && run.state !== 'done' ? lastKnownState(state) : state;
}

/** Finished items say how long they took. */
function timed(state: StateView, item: RunItem): StateView {
  if (item.status !== 'succeeded' || item.started_at === null || item.ended_at === null) return state;
  return {
    ...state,
    label: `${state.label} ${formatStopwatch((item.ended_at - item.started_at) * 1000)}`,
  };
}

function reasonText(item: RunItem): string {
  return item.message === null || item.message === '' ? '.' : `: ${sentence(plainText(item.message))}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function consoleMs({ clockOffsetMs }: RunPicture, serverS: number | null): number | null {
  return serverS === null ? null : serverS * 1000 + clockOffsetMs;
}

/** The whole run as Markdown. */
function runReport(picture: RunPicture): string {
  const { run } = picture;
  if (run === null) return `Run ${picture.uuid} on ${picture.cluster}: nothing told yet.\n`;
  const created = run.created_at === null ? 'unknown time' : new Date(run.created_at * 1000).toISOString();
  const lines = [
    `**Run ${picture.uuid}** on ${plainText(picture.cluster, 60)}, by ${plainText(run.actor ?? 'unknown', 60)}, ${created}`,
    '',
    run.state === 'done' ? runSentence(run) : stateText(runState(run), 0),
    '',
    '| Change | What | Result | Message | Task |',
    '| --- | --- | --- | --- | --- |',
    ...run.results.map(
      (item) =>
        `| ${[changeLabel(item), opState(item.op).label, runItemState(item).label, item.message ?? '', item.proxmox_upid ?? ''].map(cell).join(' | ')} |`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return plainText(text).replaceAll('|', '\\|');
}
