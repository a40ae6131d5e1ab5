/** Tables of the HA status page whose rows are fleet records, in their order. */
export const haRecordTableIds = ['nodes', 'resources', 'rules', 'groups'] as const;
export type HaRecordTableId = (typeof haRecordTableIds)[number];

/** Tables of the HA status page, in their order. Apart from the message schemas, which pages do not load. */
export const haTableIds = [...haRecordTableIds, 'findings'] as const;
export type HaTableId = (typeof haTableIds)[number];
