/** Ranges for which Proxmox keeps load figures. */
export const loadTimeframes = ['hour', 'day', 'week', 'month', 'year'] as const;
export type LoadTimeframe = (typeof loadTimeframes)[number];
