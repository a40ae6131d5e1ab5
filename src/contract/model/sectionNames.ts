/** Lists that make up the picture of a cluster. In a file of its own because views need the names without any schema. */
export const sectionNames = [
  'status',
  'resources',
  'haStatus',
  'haResources',
  'haGroups',
  'haRules',
  'configNodes',
  'qdevice',
  'managerStatus',
] as const;
export type SectionName = (typeof sectionNames)[number];
