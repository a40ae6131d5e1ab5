import type * as z from 'zod';
import { type ParsedRows, parseRows } from '../contract/lenient.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import { type ClusterStatus, clusterResourceSchema, clusterStatusSchema } from '../contract/wire/cluster.ts';
import {
  haSectionErrorSchema,
  haStatusItemSchema,
  haWireGroupSchema,
  haWireResourceSchema,
  haWireRuleSchema,
} from '../contract/wire/ha.ts';
import { fleetError } from './clientError.ts';

/** What was asked for and came, with how many of its rows nobody understands; or why it did not come. */
export type Answer<T> =
  | { readonly state: 'read'; readonly value: T; readonly dropped: number }
  | { readonly state: 'notOffered' }
  | { readonly state: 'failed'; readonly error: FleetError };

/** The lists of the HA summary; `null` for one that the server does not have. */
export type SummaryLists = {
  readonly [List in keyof typeof summaryRows]: ParsedRows<z.infer<(typeof summaryRows)[List]>> | null;
};

/** Rows of a cluster's resources under the cluster's name; `null` where they are no list. */
export type ResourceEntry = Readonly<Record<string, ParsedRows<z.infer<typeof clusterResourceSchema>>>>;

/** Answers of the reference routes, each by itself: one that fails leaves the others standing. */
export interface ReferenceAnswers {
  readonly summary: Answer<SummaryLists>;
  readonly status: Answer<readonly ClusterStatus[]>;
  readonly resources: Answer<readonly ResourceEntry[]>;
}

const summaryRows = {
  status: haStatusItemSchema,
  groups: haWireGroupSchema,
  resources: haWireResourceSchema,
  rules: haWireRuleSchema,
  errors: haSectionErrorSchema,
} as const;

/** Body of the HA summary. */
export function readSummary(body: unknown): Answer<SummaryLists> {
  if (!isMap(body) || !Array.isArray(body.status)) return unexpected('the HA summary');
  const lists = Object.fromEntries(
    Object.entries(summaryRows).map(([list, schema]) => [
      list,
      body[list] === undefined || body[list] === null
        ? null
        : parseRows<unknown>(schema as z.ZodType<unknown>, body[list]),
    ]),
  );
  return { state: 'read', value: lists as SummaryLists, dropped: 0 };
}

/** Body of the cluster status. */
export function readStatus(body: unknown): Answer<readonly ClusterStatus[]> {
  if (!Array.isArray(body)) return unexpected('the cluster status');
  const { rows, dropped } = parseRows(clusterStatusSchema, body);
  return { state: 'read', value: rows, dropped };
}

/** Body of the cluster resources: one map per cluster. */
export function readResources(body: unknown): Answer<readonly ResourceEntry[]> {
  if (!Array.isArray(body)) return unexpected('the cluster resources');
  const entries = body.filter(isMap);
  return {
    state: 'read',
    value: entries.map((entry) =>
      Object.fromEntries(
        Object.entries(entry).map(([name, rows]) => [name, parseRows(clusterResourceSchema, rows)]),
      ),
    ),
    dropped: body.length - entries.length,
  };
}

function unexpected(what: string): Answer<never> {
  return {
    state: 'failed',
    error: fleetError('unexpectedShape', `${what} came in another form than expected`),
  };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
