export const suiteNeeds: Readonly<Record<string, readonly string[]>>;
export const suiteNames: readonly string[];
/** Those that run when none is named. */
export const usualSuiteNames: readonly string[];
