import * as vscode from 'vscode';
import type { Logger } from '../../base/logger.ts';
import { plainText } from '../../base/text.ts';
import { showWarning } from '../messages.ts';
import type { SettingProblem } from './connectionSettings.ts';

/** More would fill the log without helping anybody. */
const loggedProblems = 20;

/** Says once what in the connection list could not be understood, and again only when that changes. */
export class SettingProblems {
  readonly #logger: Logger;
  #told = '';

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(problems: readonly SettingProblem[]): void {
    const key = JSON.stringify(problems);
    if (key === this.#told) return;
    this.#told = key;
    const [first] = problems;
    if (first === undefined) return;
    for (const problem of problems.slice(0, loggedProblems))
      this.#logger.warn('a connection in the settings cannot be used', { ...problem });
    if (problems.length > loggedProblems)
      this.#logger.warn(`${problems.length - loggedProblems} more connections cannot be used`);
    void showProblem(first, problems.length - 1);
  }
}

function problemText({ index, id, message }: SettingProblem, more: number): string {
  if (index === null) return `The connection list cannot be used: ${message}. Correct it in the settings.`;
  const name = id === null ? `entry ${index + 1}` : plainText(id, 60);
  const others = more > 0 ? ` (and ${more} more)` : '';
  return `Connection ${name} cannot be used${others}: ${message}. The others are not affected. Correct it in the settings.`;
}

async function showProblem(first: SettingProblem, more: number): Promise<void> {
  const choice = await showWarning(problemText(first, more), 'Open Settings');
  if (choice !== undefined)
    await vscode.commands.executeCommand('workbench.action.openSettings', 'proxbox.connections');
}
