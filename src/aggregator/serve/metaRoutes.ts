import { routes } from '../../contract/routes.ts';
import { productVersion } from '../../contract/version.ts';
import { openApiDocument } from './openApi.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';

/** What the server is, whether it is up, and what it offers. */
export function registerMetaRoutes(registrar: RouteRegistrar): void {
  registrar.route(routes.root, () => ({
    message: 'Proxbox aggregator: quorum and high-availability state of Proxmox VE clusters.',
  }));
  registrar.route(routes.health, () => ({ status: 'ready', init_ok: true }));
  registrar.route(routes.version, () => ({ version: productVersion }));
  let document: unknown;
  registrar.route(routes.openapi, () => {
    document ??= openApiDocument(registrar.registered);
    return document;
  });
}
