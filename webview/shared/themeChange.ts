import { type Disposable, toDisposable } from '../../src/base/lifecycle.ts';

/** Tells when the editor's theme changed: it then rewrites the variables on the root and the class of the body. */
export function onDidChangeTheme(listener: () => void): Disposable {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  return toDisposable(() => observer.disconnect());
}

/** A colour of the theme as it is now; the fallback when the theme leaves it empty. */
export function themeColour(name: string, fallback: string): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return value === '' ? fallback : value;
}
