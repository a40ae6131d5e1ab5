/**
 * Makes text from outside safe to show on one line: control and format characters (some of which make one name read as
 * another) become U+FFFD, and the text is cut at `maxLength` characters with an ellipsis.
 */
export function plainText(text: string, maxLength = 300): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
  const characters = [...visible];
  return characters.length <= maxLength ? visible : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** Sorts pve2 before pve10. */
export function compareNatural(a: string, b: string): number {
  return naturalCollator.compare(a, b);
}

const naturalCollator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** The text with a capital first letter. */
export function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
