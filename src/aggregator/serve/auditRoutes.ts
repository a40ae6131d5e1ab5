import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { auditRoutes } from '../../contract/intent/audit.ts';
import { exportCsv, exportJson } from '../audit/auditExport.ts';
import type { AuditJournal } from '../audit/auditJournal.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';

/** Reading, checking and exporting the audit journal. */
export function registerAuditRoutes(registrar: RouteRegistrar, audit: AuditJournal): void {
  registrar.route(auditRoutes.audit, async ({ query }) => {
    const { entries, nextBefore } = await audit.list(query);
    return { entries, next_before: nextBefore };
  });

  registrar.route(auditRoutes.auditVerify, () => audit.verify());

  registrar.route(auditRoutes.auditExport, async ({ query }, _request, reply) => {
    const { format, ...filter } = query;
    const pages = audit.pages(filter);
    // The first page is read before anything is sent, so that a store that fails is a proper error.
    const first = await pages.next();
    const all = async function* () {
      if (first.done === true) return;
      yield first.value;
      yield* pages;
    };
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
      'content-disposition': `attachment; filename="audit.${format}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    // A client that goes away in the middle is its own affair; a store that fails cuts the reply short, which shows.
    await pipeline(Readable.from(format === 'csv' ? exportCsv(all()) : exportJson(all())), reply.raw).catch(
      () => undefined,
    );
  });
}
