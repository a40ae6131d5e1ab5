/** Why a guest can be locked, in the words of its configuration. */
export const guestLocks = [
  'backup',
  'clone',
  'create',
  'destroyed',
  'disk',
  'migrate',
  'rollback',
  'snapshot',
  'snapshot-delete',
  'suspended',
  'suspending',
] as const;
