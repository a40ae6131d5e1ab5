import * as vscode from 'vscode';
import { systemClock } from '../../../base/clock.ts';
import { copyId, copyJson, copyMarkdown, copyName } from '../../../console/copyText.ts';
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
  const texts = rowIdsOf(argument, all)
    .map((rowId) => textOf(services, form, rowId))
    .filter((text) => text !== null);
  if (texts.length > 0) await vscode.env.clipboard.writeText(texts.join('\n'));
}

function textOf(services: Services, form: CopyForm, rowId: string): string | null {
  const { model } = services;
  switch (form) {
    case 'id':
      return copyId(model, rowId);
    case 'name':
      return copyName(model, rowId);
    case 'markdown':
      return copyMarkdown(model, rowId, systemClock.now());
    case 'json':
      return copyJson(model, rowId);
  }
}
