import { groupMigration } from './groupMigration.ts';
import { nodeFailure } from './nodeFailure.ts';
import { rollingReboot } from './rollingReboot.ts';
import { ruleConflict } from './ruleConflict.ts';
import type { Scenario } from './scenario.ts';
import { split } from './split.ts';

/** Every scenario, in the order in which an operator should see them. */
export const scenarios: readonly Scenario[] = [
  nodeFailure,
  split,
  rollingReboot,
  ruleConflict,
  groupMigration,
];
