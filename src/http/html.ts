import { plainText } from '../base/text.ts';

/** Text of the page title in an HTML body, to show what answered instead of the expected server. */
export function htmlTitle(body: string): string | null {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(body)?.[1]?.trim();
  return title === undefined || title === '' ? null : plainText(title, 80);
}

/** Whether a body is a web page rather than data. */
export function looksLikeHtml(contentType: string, body: string): boolean {
  return /text\/html/i.test(contentType) || /^\s*<(!doctype|html)/i.test(body.slice(0, 200));
}
