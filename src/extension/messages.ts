import * as vscode from 'vscode';
import { messageText } from '../base/messageText.ts';

/*
 * Every message of the editor goes through here, because the editor draws links and icons in them and any of their texts
 * may hold words from outside. A test keeps the rest of the extension from calling the editor's own functions.
 */

/** Tells that something went well; resolves to the button that was chosen. */
export function showInfo<Button extends string>(
  text: string,
  ...buttons: readonly Button[]
): Thenable<Button | undefined> {
  return vscode.window.showInformationMessage(messageText(text), ...buttons);
}

/** Tells of something to look at. */
export function showWarning<Button extends string>(
  text: string,
  ...buttons: readonly Button[]
): Thenable<Button | undefined> {
  return vscode.window.showWarningMessage(messageText(text), ...buttons);
}

/** Tells of a failure. */
export function showError<Button extends string>(
  text: string,
  ...buttons: readonly Button[]
): Thenable<Button | undefined> {
  return vscode.window.showErrorMessage(messageText(text), ...buttons);
}

/** Asks in a modal dialog; `undefined` when it was closed without a choice. */
export function askModal<Button extends string>(
  text: string,
  detail: string,
  ...buttons: readonly Button[]
): Thenable<Button | undefined> {
  return vscode.window.showWarningMessage(
    messageText(text),
    { modal: true, detail: messageText(detail) },
    ...buttons,
  );
}

/** Runs a task under a progress notification. */
export function withNotice<T>(
  title: string,
  task: (
    report: (message: string, increment?: number) => void,
    token: vscode.CancellationToken,
  ) => Thenable<T>,
  { cancellable = false } = {},
): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: messageText(title), cancellable },
    (progress, token) =>
      task(
        (message, increment) =>
          progress.report({
            message: messageText(message),
            ...(increment === undefined ? {} : { increment }),
          }),
        token,
      ),
  );
}

/** Asks for one line of text; `undefined` when it was closed. It stays open when the focus moves. */
export function askLine(options: vscode.InputBoxOptions): Thenable<string | undefined> {
  const { title, prompt, validateInput } = options;
  return vscode.window.showInputBox({
    ...options,
    ignoreFocusOut: true,
    ...(title === undefined ? {} : { title: messageText(title) }),
    ...(prompt === undefined ? {} : { prompt: messageText(prompt) }),
    ...(validateInput === undefined
      ? {}
      : {
          validateInput: async (text: string) => {
            const fault = await validateInput(text);
            return typeof fault === 'string' ? messageText(fault) : fault;
          },
        }),
  });
}

/** What an input box of the editor says around its value. */
export interface BoxWords {
  readonly title?: string;
  readonly prompt?: string;
  readonly validationMessage?: string;
}

/** Writes the words of an input box that stays open. */
export function putWords(box: vscode.InputBox, { title, prompt, validationMessage }: BoxWords): void {
  if (title !== undefined) box.title = messageText(title);
  if (prompt !== undefined) box.prompt = messageText(prompt);
  if (validationMessage !== undefined) box.validationMessage = messageText(validationMessage);
}
