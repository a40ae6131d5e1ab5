import * as vscode from 'vscode';

/** The tab's icon is drawn as it is, so each kind of theme needs its own colour. */
export function tabIcon(extensionUri: vscode.Uri): { readonly light: vscode.Uri; readonly dark: vscode.Uri } {
  return {
    light: vscode.Uri.joinPath(extensionUri, 'media', 'proxbox-light.svg'),
    dark: vscode.Uri.joinPath(extensionUri, 'media', 'proxbox.svg'),
  };
}
