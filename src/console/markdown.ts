import { plainText } from '../base/text.ts';

/**
 * Outside text for the editor's Markdown hovers. Every character that Markdown, tables, automatic links, HTML or theme
 * icons (`$(name)`) could react to is taken out of their hands, so a guest's name can only ever be read.
 */
export function markdownText(text: string, maxLength = 300): string {
  return plainText(text, maxLength).replace(
    /[&<>$\\`*_{}[\]()#+\-.!~|:@=]/g,
    (character) => entities[character] ?? `\\${character}`,
  );
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  $: '&#36;',
};

/** Outside text for Markdown that is copied into a ticket: safe there too, but with fewer signs for the eye. */
export function ticketText(text: string, maxLength = 300): string {
  return plainText(text, maxLength).replace(/[\\`*_[\]<>|#~]/g, '\\$&');
}

/** Outside text for labels in which the editor draws `$(name)` as an icon: status bar and quick picks. */
export function iconFreeText(text: string, maxLength = 300): string {
  return plainText(text, maxLength).replaceAll('$(', '\\$(');
}

/** Writes a link that runs a command of ours; the argument must not be markup. */
export type CommandLink = (title: string, command: string, argument?: string) => string;

/** Command links as the editor understands them. They work only where the hover trusts these commands. */
export const editorCommandLink: CommandLink = (title, command, argument) => {
  const query = argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`;
  return `[${title}](command:${command}${query})`;
};
