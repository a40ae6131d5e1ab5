import * as vscode from 'vscode';
import { putWords } from '../messages.ts';

/** What a step answered: a value, a wish to go back, or the wish to stop. */
export type StepAnswer<T> = { readonly value: T } | 'back' | 'cancelled';

export interface StepPosition {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
}

export interface PickItem<T> extends vscode.QuickPickItem {
  readonly value: T;
}

/** One question with choices. Stays open when the focus moves elsewhere, so that a value can be copied from a page. */
export function askPick<T>(
  position: StepPosition,
  placeholder: string,
  items: readonly PickItem<T>[],
): Promise<StepAnswer<T>> {
  const pick = vscode.window.createQuickPick<PickItem<T>>();
  pick.title = position.title;
  pick.step = position.step;
  pick.totalSteps = position.totalSteps;
  pick.placeholder = placeholder;
  pick.items = items;
  pick.ignoreFocusOut = true;
  pick.matchOnDescription = true;
  pick.buttons = position.step > 1 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise((resolve) => {
    const answer = (value: StepAnswer<T>): void => {
      resolve(value);
      pick.dispose();
    };
    pick.onDidTriggerButton(() => answer('back'));
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems[0];
      if (chosen !== undefined) answer({ value: chosen.value });
    });
    pick.onDidHide(() => answer('cancelled'));
    pick.show();
  });
}

export interface TextQuestion {
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly password?: boolean;
  /** Text of the fault, or `null` when the value is fine. Checked on Enter; while typing only to take a fault away. */
  readonly check: (value: string) => string | null;
}

/** One question with a text answer. */
export function askText(position: StepPosition, question: TextQuestion): Promise<StepAnswer<string>> {
  const box = vscode.window.createInputBox();
  putWords(box, { title: position.title, prompt: question.prompt });
  box.step = position.step;
  box.totalSteps = position.totalSteps;
  box.placeholder = question.placeholder ?? '';
  box.value = question.value ?? '';
  box.password = question.password ?? false;
  box.ignoreFocusOut = true;
  box.buttons = position.step > 1 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise((resolve) => {
    const answer = (value: StepAnswer<string>): void => {
      resolve(value);
      box.dispose();
    };
    box.onDidTriggerButton(() => answer('back'));
    box.onDidChangeValue(() => {
      putWords(box, { validationMessage: '' });
    });
    box.onDidAccept(() => {
      const value = box.value.trim();
      const fault = question.check(value);
      if (fault === null) answer({ value });
      else putWords(box, { validationMessage: fault });
    });
    box.onDidHide(() => answer('cancelled'));
    box.show();
  });
}

/** A step of a wizard works on a draft and says where to go. */
export type WizardStep<Draft> = (
  draft: Draft,
  position: StepPosition,
) => Promise<'next' | 'back' | 'cancelled'>;

/**
 * Runs steps in order with Back. `steps` is asked anew before each one, because earlier answers decide which steps
 * follow. Returns false when the operator stopped; nothing has been saved then.
 */
export async function runWizard<Draft>(
  title: string,
  draft: Draft,
  steps: (draft: Draft) => readonly WizardStep<Draft>[],
): Promise<boolean> {
  let index = 0;
  for (;;) {
    const present = steps(draft);
    const step = present[index];
    if (step === undefined) return true;
    const result = await step(draft, { title, step: index + 1, totalSteps: present.length });
    if (result === 'cancelled') return false;
    index = result === 'back' ? Math.max(0, index - 1) : index + 1;
  }
}
