import { plainText } from './text.ts';

/** Longest text of a message; what the editor shows is cut earlier still. */
const longestMessage = 4_000;

/**
 * Text for the editor's messages, modal dialogs, progress notes and input prompts. The editor makes a link of
 * `[text](target)` in them, also one that runs a command, and an icon of `$(name)`; names and errors from outside must
 * not be able to, so the two signs are pulled apart. Line breaks stay.
 */
export function messageText(text: string): string {
  return text
    .split('\n')
    .map((line) => plainText(line, longestMessage))
    .join('\n')
    .replaceAll('](', '] (')
    .replaceAll('$(', '$ (');
}
