/** Codes of sockets, and classes of PostgreSQL's codes: connection, resources, operator intervention, system. */
const socketCode = /^(ECONN|ETIMEDOUT|EPIPE|ENOENT|EHOSTUNREACH|ENETUNREACH|EAI_)/;
const postgresClass = /^(08|53|57|58|25006|28|3D)/;

/** Whether an error says that the store cannot be used, rather than that something in here is wrong. */
export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (socketCode.test(code) || postgresClass.test(code)) return true;
  return /timeout exceeded when trying to connect|Connection terminated|Query read timeout/.test(
    error.message,
  );
}
