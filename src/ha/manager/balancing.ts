import { byCodeUnit } from '../haRecords.ts';
import { affinityNodes, nodeChoice } from '../placement.ts';
import { type Load, LoadScheduler, plus } from '../usage/loadScheduler.ts';
import { rateByTopsis } from '../usage/topsis.ts';
import { queueMove, recordIds } from './commandQueue.ts';
import type { Round } from './managerState.ts';

/** Services that move together, named by the first of them. */
interface Bundle {
  readonly leader: string;
  readonly members: readonly string[];
  readonly source: string;
  readonly targets: readonly string[];
}

interface Candidate {
  readonly bundle: Bundle;
  readonly target: string;
  readonly imbalance: number;
  readonly row: readonly number[];
}

/** Moves services when the load of the nodes stays uneven for some rounds (Proxmox VE cluster resource scheduling). */
export class Balancing {
  #unevenRounds = 0;

  step(round: Round): void {
    const { settings, usage, records } = round;
    const { scheduler } = usage;
    if (!settings.autoRebalance || (settings.mode !== 'static' && settings.mode !== 'dynamic')) return;
    const isMoving = Object.values(records).some(
      ({ state, cmd }) =>
        state === 'migrate' || state === 'relocate' || cmd?.[0] === 'migrate' || cmd?.[0] === 'relocate',
    );
    if (isMoving) return;
    // Counting services, for want of figures, knows no imbalance: the rounds before do not count on.
    if (!(scheduler instanceof LoadScheduler)) {
      this.#unevenRounds = 0;
      return;
    }
    const imbalance = scheduler.imbalanceOf(scheduler.loadsForBalance());
    if (imbalance <= settings.threshold) {
      this.#unevenRounds = 0;
      return;
    }
    this.#unevenRounds += 1;
    if (this.#unevenRounds < settings.holdDuration) return;
    this.#unevenRounds = 0;
    const best = chooseCandidate(round, scheduler);
    if (best === null || (imbalance - best.imbalance) / imbalance < settings.margin) return;
    const { leader } = best.bundle;
    const isMachine = round.services[leader]?.type === 'vm';
    if (isMachine)
      round.env.emit('auto-rebalance', {
        sid: leader,
        target: best.target,
        imbalance_from: twoDecimals(imbalance),
        imbalance_to: twoDecimals(best.imbalance),
      });
    queueMove(round, isMachine ? 'migrate' : 'relocate', leader, best.target);
  }
}

function chooseCandidate(round: Round, scheduler: LoadScheduler): Candidate | null {
  const candidates: Candidate[] = [];
  for (const bundle of bundlesOf(round)) {
    const loads = bundle.members.map((sid) => scheduler.liveLoadOn(sid, bundle.source));
    const known = loads.filter((load) => load !== null);
    if (known.length !== loads.length) {
      round.env.warn();
      return null;
    }
    const load = known.reduce((sum, one) => plus(sum, one), { cpu: 0, mem: 0 });
    for (const target of bundle.targets) candidates.push(rate(scheduler, bundle, target, load));
  }
  const [first] = candidates;
  if (first === undefined) return null;
  switch (round.settings.method) {
    case 'bruteforce':
      return candidates.reduce((best, next) => (isBetter(next, best) ? next : best), first);
    case 'topsis': {
      const ratings = rateByTopsis(candidates.map(({ row }) => row));
      const highest = Math.max(...ratings);
      return candidates[ratings.indexOf(highest)] ?? null;
    }
    default:
      return null;
  }
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.imbalance !== b.imbalance) return a.imbalance < b.imbalance;
  return (
    (byCodeUnit(a.bundle.leader, b.bundle.leader) ||
      byCodeUnit(a.bundle.source, b.bundle.source) ||
      byCodeUnit(a.target, b.target)) < 0
  );
}

function rate(scheduler: LoadScheduler, bundle: Bundle, target: string, load: Load): Candidate {
  const loads = scheduler.loadsForBalance();
  const left = loads.get(bundle.source) ?? { cpu: 0, mem: 0 };
  loads.set(bundle.source, {
    cpu: Math.max(0, left.cpu - load.cpu),
    mem: Math.max(0, left.mem - load.mem),
  });
  loads.set(target, plus(loads.get(target), load));
  return {
    bundle,
    target,
    imbalance: Math.trunc(scheduler.imbalanceOf(loads) * 1e15) / 1e15,
    row: scheduler.rowOf(loads),
  };
}

function bundlesOf(round: Round): Bundle[] {
  const { records, rules, usage } = round;
  const bundles = new Map<string, Bundle>();
  for (const sid of recordIds(round)) {
    if (records[sid]?.state !== 'started') continue;
    const near = [...(rules.together.get(sid) ?? [])].filter((other) => records[other] !== undefined);
    if (near.some((other) => records[other]?.state === 'migrate' || records[other]?.state === 'relocate'))
      continue;
    const members = [sid, ...near.filter((other) => records[other]?.state === 'started')].sort(byCodeUnit);
    const source = records[sid]?.node;
    const [leader] = members;
    if (leader === undefined || source === undefined || bundles.has(leader)) continue;
    if (members.some((member) => records[member]?.node !== source)) continue;
    const record = records[leader];
    if (record === undefined) continue;
    const { separate } = affinityNodes(round.placement(leader, record));
    const targets = nodeChoice(leader, rules, usage.nodes).preferred.filter(
      (node) => !separate.has(node) && node !== source,
    );
    if (targets.length > 0) bundles.set(leader, { leader, members, source, targets });
  }
  return [...bundles.values()].sort((a, b) => byCodeUnit(a.leader, b.leader));
}

/**
 * Two decimals as C's printf rounds them: by the exact binary value, and a tie to the even digit. Only odd eighths are
 * ties, and there `toFixed` would round up.
 */
export function twoDecimals(value: number): string {
  if (Math.abs(value * 8) % 2 !== 1) return value.toFixed(2);
  const below = Math.floor(value * 100);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}
