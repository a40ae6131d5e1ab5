import * as vscode from 'vscode';
import { systemClock } from '../../../base/clock.ts';
import { clusterSummary, copyId, copyJson, copyMarkdown, copyName } from '../../../console/copyText.ts';
import type { Services } from '../../services.ts';
import { rowIdsOf } from '../commandRegistry.ts';
import { pickClusterId } from '../pickRow.ts';

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

/** Copies what a ticket wants to know about the cluster a command was called on, or one that is picked. */
export async function copyClusterSummary(services: Services, argument: unknown): Promise<void> {
  const id = await pickClusterId(services.model, argument, 'Copy the summary of which cluster?');
  const summary = id === undefined ? null : clusterSummary(services.model, id, systemClock.now());
  if (summary !== null) await vscode.env.clipboard.writeText(summary);
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
