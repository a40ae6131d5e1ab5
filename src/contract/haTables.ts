/** Tables of the HA status page, in their order. Apart from the message schemas, which pages do not load. */
export const haTableIds = ['nodes', 'resources', 'rules', 'groups'] as const;
export type HaTableId = (typeof haTableIds)[number];
