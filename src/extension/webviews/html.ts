import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Pages that ship, by the name of their bundle. */
export type PageName = 'haStatus' | 'guest' | 'plan' | 'deletion' | 'whatIf' | 'timeline';

/**
 * The frame of a page: strict policy with a nonce, our own style sheets and script, nothing else, no outside text. The
 * controls look for the nonce in a meta element when they add a style rule of their own.
 */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: PageName): string {
  const asset = (...segments: string[]): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', ...segments)).toString();
  const nonce = randomBytes(18).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link nonce="${nonce}" rel="stylesheet" href="${asset('codicon.css')}">
<link nonce="${nonce}" rel="stylesheet" href="${asset(`${page}.css`)}">
<title>Proxbox</title>
</head>
<body data-page="${page}">
<div id="app"></div>
<script nonce="${nonce}" type="module" src="${asset(`${page}.js`)}"></script>
</body>
</html>`;
}
