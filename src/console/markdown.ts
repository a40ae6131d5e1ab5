import { plainText } from '../base/text.ts';

/** Text from outside made safe inside Markdown: shown as written, never as markup, link or icon. */
export function escapeMarkdown(text: string, maxLength = 300): string {
  return plainText(text, maxLength)
    .replace(/[\\`*_{}[\]()#+\-.!|<>~$:@&]/g, '\\$&')
    .replace(/\\([-.:@()])/g, '$1');
}
