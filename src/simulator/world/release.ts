/** Proxmox VE releases the simulator can play. */
export const releaseNames = ['8.3', '8.4', '9.1', '9.2'] as const;

export type ReleaseName = (typeof releaseNames)[number];

/** What differs between releases in answers. Versions of the pieces: see the HA manager and API server changelogs. */
export interface Release {
  /** Point release as `GET /version` tells it. */
  readonly name: ReleaseName;
  /** Full pve-manager version. */
  readonly version: string;
  readonly repoid: string;
  /** The API server puts `message` into error bodies since its version 5.2 (January 2025). */
  readonly messageInBody: boolean;
  /** HA rules (9) instead of HA groups (8). */
  readonly haRules: boolean;
  /** HA manager 5.1.3 and newer: fencing row, watchdog in LRM texts, disarm and arm. */
  readonly fencingRow: boolean;
  /** Host memory of a guest and pressure values (9). */
  readonly memhost: boolean;
  /** Rows of type `network` in the cluster resources (9.1); older ones call them `sdn`. */
  readonly networkRows: boolean;
  readonly kernel: string;
  readonly qemu: string;
}

const releases: Readonly<Record<ReleaseName, Release>> = {
  '8.3': {
    name: '8.3',
    version: '8.3.0',
    repoid: 'c1689ccb1065a83b',
    messageInBody: false,
    haRules: false,
    fencingRow: false,
    memhost: false,
    networkRows: false,
    kernel: '6.8.12-4-pve',
    qemu: '9.0.2',
  },
  '8.4': {
    name: '8.4',
    version: '8.4.14',
    repoid: 'b502d23c55afcba1',
    messageInBody: true,
    haRules: false,
    fencingRow: false,
    memhost: false,
    networkRows: false,
    kernel: '6.8.12-15-pve',
    qemu: '9.2.0',
  },
  '9.1': {
    name: '9.1',
    version: '9.1.1',
    repoid: '42db4a6cf33dac83',
    messageInBody: true,
    haRules: true,
    fencingRow: false,
    memhost: true,
    networkRows: true,
    kernel: '6.17.2-1-pve',
    qemu: '10.1.2',
  },
  '9.2': {
    name: '9.2',
    version: '9.2.6',
    repoid: '7e1c4ad2b9f05c63',
    messageInBody: true,
    haRules: true,
    fencingRow: true,
    memhost: true,
    networkRows: true,
    kernel: '6.17.13-4-pve',
    qemu: '10.2.1',
  },
};

/** The facts about one release. */
export function releaseOf(name: ReleaseName): Release {
  return releases[name];
}
