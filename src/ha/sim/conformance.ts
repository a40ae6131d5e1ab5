import type { HaEvent } from '../haEvent.ts';
import { runScenario } from './clusterSim.ts';
import type { Scenario } from './scenario.ts';

/** How a run compares with what its scenario expects. */
export interface Conformance {
  /** The changes of service state are the same, with time and all fields. */
  readonly isLevel1: boolean;
  /** Every event is the same, in order. */
  readonly isLevel2: boolean;
  /** The first difference with its time, as text; `null` when there is none. */
  readonly difference: string | null;
}

/** Plays a scenario and compares. */
export function compareRun(scenario: Scenario): Conformance {
  const events = runScenario(scenario);
  const expected = scenario.expect ?? [];
  const states = (list: readonly HaEvent[]): HaEvent[] =>
    list.filter(({ event }) => event === 'service-state');
  const difference = firstDifference(events, expected);
  return {
    isLevel1: firstDifference(states(events), states(expected)) === null,
    isLevel2: difference === null,
    difference,
  };
}

function firstDifference(events: readonly HaEvent[], expected: readonly HaEvent[]): string | null {
  for (let index = 0; index < Math.max(events.length, expected.length); index += 1) {
    const seen = textOf(events[index]);
    const wanted = textOf(expected[index]);
    if (seen !== wanted)
      return `at ${expected[index]?.t ?? events[index]?.t} (event ${index + 1}): expected ${wanted}, got ${seen}`;
  }
  return null;
}

/** Fields in an order of their own, so that the order in a file says nothing. */
function textOf(event: HaEvent | undefined): string {
  if (event === undefined) return 'nothing';
  return JSON.stringify(Object.fromEntries(Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1))));
}
