import * as vscode from 'vscode';
import * as z from 'zod';
import { systemClock } from '../../../base/clock.ts';
import { plainText } from '../../../base/text.ts';
import { toFleetError } from '../../../client/clientError.ts';
import type { EventsFilter } from '../../../client/timelineClient.ts';
import { errorSentence } from '../../../console/errorText.ts';
import { chosenConnections } from '../../../console/timeline/feedSources.ts';
import { rangeMs } from '../../../console/timeline/timelineChoice.ts';
import { fleetEventKinds } from '../../../contract/model/fleetEvent.ts';
import { timelineRanges } from '../../../contract/timelinePanel.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';
import { pickClusterId } from '../pickRow.ts';
import { saveExport } from '../saveExport.ts';

/** What a page shows, when it is the page that asks; everything of a cluster otherwise. */
const choiceSchema = z.object({
  cluster: z.string(),
  guest: z.number().int().nullable(),
  kinds: z.array(z.enum(fleetEventKinds)),
  range: z.enum(timelineRanges),
});
type Choice = z.infer<typeof choiceSchema>;

/** Saves events as JSON or CSV, by the ending of the chosen name. */
export async function exportTimeline(services: Services, argument: unknown): Promise<void> {
  const { model } = services;
  const asked = choiceSchema.safeParse(argument);
  const choice = asked.success ? asked.data : await wholeCluster(services, argument);
  if (choice === null) return;
  if (choice.kinds.length === 0)
    throw new OperatorError('No kind of event is shown, so there is nothing to export. Tick one first.');
  const chosen = chosenConnections(model, choice);
  const picked =
    chosen.length < 2
      ? chosen[0]
      : (
          await vscode.window.showQuickPick(
            chosen.map((each) => ({ label: plainText(each.connection.name, 60), each })),
            { placeHolder: 'Export the timeline of which server?' },
          )
        )?.each;
  if (picked === undefined) return;
  const { connection, cluster } = picked;
  const owner = plainText(cluster ?? connection.name, 60);
  await saveExport({
    owner,
    what: 'timeline',
    title: `Export Timeline of ${owner}`,
    fileName: `${cluster ?? connection.id}-timeline.csv`,
    read: (format) =>
      readOrExplain(connection.name, () => connection.connection.exportEvents(filterOf(), format)),
  });

  function filterOf(): EventsFilter {
    const { guest, kinds, range } = choice as Choice;
    const sinceMs = systemClock.now() - model.clockOffsetMs(connection.id) - rangeMs[range];
    return {
      ...(cluster === null ? {} : { cluster }),
      ...(guest === null ? {} : { vmid: guest }),
      ...(kinds.length === fleetEventKinds.length ? {} : { kinds }),
      // From outside a page everything that is kept is wanted.
      ...(asked.success ? { sinceMs } : {}),
    };
  }
}

async function wholeCluster({ model }: Services, argument: unknown): Promise<Choice | null> {
  const cluster = await pickClusterId(model, argument, 'Export the timeline of which cluster?');
  return cluster === undefined ? null : { cluster, guest: null, kinds: [...fleetEventKinds], range: 'month' };
}

async function readOrExplain(connectionName: string, read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    throw new OperatorError(errorSentence(toFleetError(error), { connectionName }));
  }
}
