import * as vscode from 'vscode';
import { copyId, copyJson, copyMarkdown } from '../../../console/copyText.ts';
import type { Services } from '../../services.ts';
import { rowIdsOf } from '../commandRegistry.ts';

export type CopyForm = 'id' | 'name' | 'markdown' | 'json';

/** Copies the rows a command was called on, one line (or one JSON document) each. */
export async function copyRows(
  services: Services,
  form: CopyForm,
  argument: unknown,
  all: unknown,
): Promise<void> {
  const texts = rowIdsOf(argument, all).map((rowId) =>
    textOf(services, form, rowId.replace(/^attention:/, '')),
  );
  if (texts.length > 0) await vscode.env.clipboard.writeText(texts.join('\n'));
}

function textOf(services: Services, form: CopyForm, id: string): string {
  const row = services.tree.row(id);
  switch (form) {
    case 'id':
      return copyId(id);
    case 'name':
      return row?.label ?? copyId(id);
    case 'markdown':
      return row === undefined ? copyId(id) : copyMarkdown(services.model, row);
    case 'json':
      return copyJson(services.model, id);
  }
}
