import * as z from 'zod';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { saysMigratedToRules, saysNotImplemented } from '../../../pve/pveClient.ts';
import { parsePveRows, pveNumber } from '../../../pve/values.ts';
import { type ClusterApi, guestPath } from '../intentCluster.ts';
import { type ClusterFacts, toClusterFacts } from './clusterFacts.ts';

/** A guest's configuration as texts, with the digest that a write can be bound to. */
export interface GuestConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly digest: string | null;
}

/** A file of a storage, such as an ISO image. */
export interface StorageFile {
  readonly volid: string;
  readonly sizeBytes: number | null;
}

const contentRow = z.object({ volid: z.string().min(1), size: pveNumber });
const configSchema = z.record(z.string(), z.unknown());

/**
 * One look at a cluster, shared by all changes of a plan: whatever several changes ask about is asked of Proxmox once.
 * It does not outlive the plan, so that nothing old is taken for the present.
 */
export class ClusterProbe {
  readonly #api: ClusterApi;
  readonly #asked = new Map<string, Promise<unknown>>();

  constructor(api: ClusterApi) {
    this.#api = api;
  }

  /** Rejects with `HttpFailure` when status or resources cannot be read; HA parts that cannot be read are `null`. */
  facts(): Promise<ClusterFacts> {
    return this.#once('facts', async () => {
      const [status, resources, haResources, haGroups, haRules, managerStatus] = await Promise.all([
        this.#get('/cluster/status'),
        this.#get('/cluster/resources'),
        this.#optional('/cluster/ha/resources'),
        this.#optional('/cluster/ha/groups'),
        this.#optional('/cluster/ha/rules'),
        this.#optional('/cluster/ha/status/manager_status'),
      ]);
      if (!Array.isArray(status) || !Array.isArray(resources))
        throw new HttpFailure(
          'unexpectedShape',
          'the cluster',
          'its status or resources have another form than expected',
        );
      return toClusterFacts({ status, resources, haResources, haGroups, haRules, managerStatus });
    });
  }

  /** Configuration with what is pending counted as set. Rejects with `HttpFailure`. */
  guestConfig(node: string, kind: 'qemu' | 'lxc', vmid: number): Promise<GuestConfig> {
    return this.#once(`config ${node} ${kind} ${vmid}`, () => readGuestConfig(this.#api, node, kind, vmid));
  }

  /** Files of one kind of content. Rejects with `HttpFailure`. */
  storageFiles(node: string, storage: string, content: 'iso' | 'vztmpl'): Promise<readonly StorageFile[]> {
    const path = `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage)}/content?content=${content}`;
    return this.#once(path, async () => {
      const data = await this.#api.get(path);
      return parsePveRows(contentRow, Array.isArray(data) ? data : []).rows.map((row) => ({
        volid: row.volid,
        sizeBytes: row.size,
      }));
    });
  }

  #get(path: string): Promise<unknown> {
    return this.#api.get(path);
  }

  /** A model that this version does not have is an empty list; a list that fails is not known. */
  async #optional(path: string): Promise<unknown> {
    try {
      return await this.#api.get(path);
    } catch (error) {
      if (error instanceof HttpFailure && (saysMigratedToRules(error) || saysNotImplemented(error)))
        return [];
      return undefined;
    }
  }

  #once<T>(key: string, load: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked as Promise<T>;
    const loading = load();
    // Whoever asks gets the failure; started ahead of its asker it must not count as unhandled.
    loading.catch(() => undefined);
    this.#asked.set(key, loading);
    return loading;
  }
}

/** Reads a guest's configuration now. Rejects with `HttpFailure`. */
export async function readGuestConfig(
  api: ClusterApi,
  node: string,
  kind: 'qemu' | 'lxc',
  vmid: number,
): Promise<GuestConfig> {
  const parsed = configSchema.safeParse(await api.get(`${guestPath(node, kind, vmid)}/config`));
  if (!parsed.success)
    throw new HttpFailure(
      'unexpectedShape',
      node,
      `the configuration of ${kind}/${vmid} has another form than expected`,
    );
  const { digest, ...rest } = parsed.data;
  const values = Object.fromEntries(
    Object.entries(rest).flatMap(([key, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value) ? [[key, String(value)]] : [],
    ),
  );
  return { values, digest: typeof digest === 'string' ? digest : null };
}
