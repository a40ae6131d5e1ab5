import type { Resting } from './atRest.ts';
import type { RuleBook } from './ruleBook.ts';

/** Resources that keep another one from some nodes because a rule keeps them apart; `null` when one of the nodes is free. */
export function inTheWay(
  sid: string,
  nodes: readonly string[],
  { compiled }: RuleBook,
  places: ReadonlyMap<string, string>,
): string[] | null {
  const others = [...(compiled.apart.get(sid) ?? [])];
  const blocking = nodes.map((node) => others.filter((other) => places.get(other) === node));
  return nodes.length > 0 && blocking.every((found) => found.length > 0) ? blocking.flat() : null;
}

/** Nodes of running resources by id. */
export function placesOf(resting: readonly Resting[]): Map<string, string> {
  return new Map(resting.map(({ resource, node }) => [resource.sid, node]));
}
