import { get, type Route, reply } from './route.ts';

/** Privileges an answer of `/access/permissions` can name, by the path they usually are given on. */
const privilegesByPath: Readonly<Record<string, readonly string[]>> = {
  '/': [
    'Sys.Audit',
    'Sys.Console',
    'Sys.Modify',
    'VM.Audit',
    'VM.Migrate',
    'VM.PowerMgmt',
    'Datastore.Audit',
    'Pool.Audit',
  ],
  '/vms': [
    'VM.Allocate',
    'VM.Audit',
    'VM.Clone',
    'VM.Config.CDROM',
    'VM.Config.CPU',
    'VM.Config.Cloudinit',
    'VM.Config.Disk',
    'VM.Config.HWType',
    'VM.Config.Memory',
    'VM.Config.Network',
    'VM.Config.Options',
    'VM.Migrate',
    'VM.PowerMgmt',
  ],
  '/nodes': ['Sys.Audit', 'Sys.Console'],
  '/storage': ['Datastore.AllocateSpace', 'Datastore.Audit'],
  '/pool': ['Pool.Allocate', 'Pool.Audit'],
  '/sdn': ['SDN.Audit', 'SDN.Use'],
};

/** What the caller may do: privileges by path. The ticket call itself needs no caller and lives in the listener. */
export const accessRoutes: readonly Route[] = [
  get('/access/permissions', null, ({ query, mayUse }) => {
    const only = query.get('path');
    const permissions: Record<string, Record<string, 1>> = {};
    for (const [path, privileges] of Object.entries(privilegesByPath)) {
      if (only !== null && only !== path) continue;
      const granted = privileges.filter((privilege) => mayUse(path, privilege));
      if (granted.length > 0)
        permissions[path] = Object.fromEntries(granted.map((privilege) => [privilege, 1]));
    }
    return reply(permissions);
  }),
];
