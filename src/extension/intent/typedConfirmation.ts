import * as vscode from 'vscode';
import type { Confirmation } from '../../console/intent/applyConfirmation.ts';
import { askModal, putWords } from '../messages.ts';

/**
 * Asks for a confirmation in the editor's own dialogs. A typed one stays open when the focus moves, is never filled in
 * beforehand and is quiet while typing.
 */
export function confirmed(confirmation: Confirmation): Promise<boolean> {
  return confirmation.kind === 'modal' ? confirmedModally(confirmation) : confirmedByTyping(confirmation);
}

async function confirmedModally(confirmation: Extract<Confirmation, { kind: 'modal' }>): Promise<boolean> {
  const { title, detail, button } = confirmation;
  return (await askModal(title, detail, button)) === button;
}

function confirmedByTyping(confirmation: Extract<Confirmation, { kind: 'typed' }>): Promise<boolean> {
  const { title, prompt, expected, mistake } = confirmation;
  const box = vscode.window.createInputBox();
  putWords(box, { title, prompt });
  box.ignoreFocusOut = true;
  return new Promise((resolve) => {
    const answer = (value: boolean): void => {
      resolve(value);
      box.dispose();
    };
    box.onDidChangeValue(() => {
      putWords(box, { validationMessage: '' });
    });
    box.onDidAccept(() => {
      if (box.value.trim() === expected) answer(true);
      else putWords(box, { validationMessage: mistake });
    });
    box.onDidHide(() => answer(false));
    box.show();
  });
}
