import { PveError } from '../pveError.ts';
import type { StorageWorld } from '../world/model.ts';
import type { Volume } from '../world/volumes.ts';
import { usedBytes } from './clusterResources.ts';
import { enumParameter, get, pathNode, type Route, type RouteContext, reply } from './route.ts';

type Row = Record<string, unknown>;

/** Storages of a node: the list, one's state, and what lies on it. */
export const storageRoutes: readonly Route[] = [
  get('/nodes/{node}/storage', null, (context) => {
    const node = pathNode(context).name;
    const { query, view } = context;
    const content = query.get('content')?.split(',') ?? null;
    const only = query.get('storage');
    return reply(
      view.cluster.storages
        .filter((storage) => maySee(context, storage) && (only === null || only === storage.storage))
        .filter((storage) => content?.every((kind) => storage.content.split(',').includes(kind)) ?? true)
        .map((storage) => {
          const row = stateRow(storage, node);
          return { storage: storage.storage, ...row, used_fraction: row.used / storage.totalBytes };
        }),
    );
  }),
  get('/nodes/{node}/storage/{storage}', null, (context) => {
    pathStorage(context);
    return reply(['content', 'status', 'rrddata', 'upload'].map((subdir) => ({ subdir })));
  }),
  get('/nodes/{node}/storage/{storage}/status', null, (context) =>
    reply(stateRow(pathStorage(context), pathNode(context).name)),
  ),
  get('/nodes/{node}/storage/{storage}/content', null, (context) => {
    const storage = pathStorage(context);
    const { query, view } = context;
    const content = enumParameter(query, 'content', [
      'images',
      'rootdir',
      'iso',
      'vztmpl',
      'backup',
      'snippets',
      'import',
    ]);
    const vmid = query.get('vmid');
    const volumes = view.cluster.volumes
      .ofStorage(pathNode(context).name, storage.storage)
      .filter((volume) => content === null || volume.content === content)
      .filter((volume) => vmid === null || String(volume.vmid) === vmid);
    return reply(volumes.sort((a, b) => (a.volid < b.volid ? -1 : 1)).map((volume) => contentRow(volume)));
  }),
];

function maySee({ mayUse }: RouteContext, { storage }: StorageWorld): boolean {
  return (
    mayUse(`/storage/${storage}`, 'Datastore.Audit') ||
    mayUse(`/storage/${storage}`, 'Datastore.AllocateSpace')
  );
}

function pathStorage(context: RouteContext): StorageWorld {
  const name = context.parameters.storage ?? '';
  const storage = context.view.cluster.volumes.storage(name);
  if (storage === undefined) throw new PveError(500, `storage '${name}' does not exist\n`);
  if (!maySee(context, storage))
    throw new PveError(
      403,
      `Permission check failed (/storage/${name}, Datastore.Audit|Datastore.AllocateSpace)\n`,
    );
  return storage;
}

function stateRow(storage: StorageWorld, node: string): Row & { readonly used: number } {
  const used = usedBytes(storage, node);
  return {
    type: storage.type,
    content: storage.content,
    enabled: 1,
    active: 1,
    shared: storage.shared ? 1 : 0,
    total: storage.totalBytes,
    used,
    avail: storage.totalBytes - used,
  };
}

function contentRow(volume: Volume): Row {
  const row: Row = {
    volid: volume.volid,
    content: volume.content,
    format: volume.format,
    size: volume.sizeBytes,
    ctime: volume.ctime,
  };
  if (volume.vmid !== null) row.vmid = volume.vmid;
  if (volume.parent !== null) row.parent = volume.parent.slice(volume.parent.indexOf(':') + 1);
  if (volume.format === 'qcow2') row.used = volume.takenBytes;
  return row;
}
