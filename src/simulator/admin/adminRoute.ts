import * as z from 'zod';
import type { AccessControl } from '../auth.ts';
import type { FaultBoard } from '../faults/fault.ts';
import type { RequestLog } from '../requestLog.ts';
import type { ScenarioRunner } from '../scenario/scenarioRunner.ts';
import type { NodeListener } from '../server.ts';
import { type WorldBehaviour, WorldCommandError } from '../world/behaviour.ts';
import type { World } from '../world/world.ts';

/** What the admin routes may touch of one cluster. */
export interface AdminCluster {
  readonly access: AccessControl;
  readonly faults: FaultBoard;
  readonly requests: RequestLog;
  readonly listeners: readonly NodeListener[];
}

export interface AdminServices {
  readonly world: World;
  readonly clusters: ReadonlyMap<string, AdminCluster>;
  readonly scenario: ScenarioRunner;
  readonly token: string;
  /** Brings the listeners in line after a fault or a power change. */
  updateListeners(): Promise<void>;
}

/** A refusal of an admin call, with its status. */
export class AdminError extends Error {
  readonly status: number;
  readonly issues: readonly string[];

  constructor(status: number, message: string, issues: readonly string[] = []) {
    super(message);
    this.status = status;
    this.issues = issues;
  }
}

export type Segments = Readonly<Record<string, string>>;

export interface AdminRoute {
  readonly method: 'GET' | 'POST';
  readonly segments: readonly string[];
  run(services: AdminServices, segments: Segments, body: unknown): unknown;
}

/** A route without a body. */
export function route(
  method: 'GET' | 'POST',
  template: string,
  run: (services: AdminServices, segments: Segments) => unknown,
): AdminRoute {
  return { method, segments: template.split('/').slice(1), run };
}

/** A route whose body is checked; mistakes are told by field. */
export function post<S extends z.ZodType>(
  template: string,
  schema: S,
  run: (services: AdminServices, segments: Segments, input: z.output<S>) => unknown,
): AdminRoute {
  return {
    method: 'POST',
    segments: template.split('/').slice(1),
    run(services, segments, body) {
      const parsed = schema.safeParse(body);
      if (!parsed.success) {
        const issues = parsed.error.issues.map(
          (issue) => `${issue.path.join('.') || '(body)'}: ${issue.message}`,
        );
        throw new AdminError(400, 'The request body is not valid.', issues);
      }
      return run(services, segments, parsed.data);
    },
  };
}

/** The body of a route that takes none. */
export const nothing = z.union([z.undefined(), z.strictObject({})]);

/** The cluster named in the path; 404 when there is none. */
export function needCluster({ clusters }: AdminServices, name: string): AdminCluster {
  const cluster = clusters.get(name);
  if (cluster === undefined) {
    throw new AdminError(
      404,
      `There is no cluster '${name}'. There are: ${[...clusters.keys()].join(', ')}.`,
    );
  }
  return cluster;
}

/** Runs a command on a cluster's behaviour; 409 with its reason when it cannot be followed. */
export async function command(
  services: AdminServices,
  { name = '' }: Segments,
  run: (behaviour: WorldBehaviour, nowMs: number) => void,
): Promise<unknown> {
  needCluster(services, name);
  try {
    services.world.command(name, run);
  } catch (error) {
    if (error instanceof WorldCommandError) throw new AdminError(409, error.message);
    throw error;
  }
  await services.updateListeners();
  return { ok: true };
}
