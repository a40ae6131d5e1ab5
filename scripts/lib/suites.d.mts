export const suiteNeeds: Readonly<Record<string, readonly string[]>>;
export const suiteNames: readonly string[];
