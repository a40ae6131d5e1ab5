export const postgresVersion: string;
export const postgresDir: string;
export function postgresPlatformPackage(): string;
export function findPostgres(): string | undefined;
