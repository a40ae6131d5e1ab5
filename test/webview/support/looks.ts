import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { PageHarness, ThemeName } from './pageHarness.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures = new URL('../../../test-results/webview/', import.meta.url);

/** Takes pictures wide and narrow in a theme, and asserts that nothing scrolls sideways or shuts anybody out. */
export async function assertLooksGood(shown: PageHarness, name: string, theme: ThemeName): Promise<void> {
  await shown.setTheme(theme);
  mkdirSync(pictures, { recursive: true });
  for (const width of [1280, 500, 240]) {
    await shown.page.setViewportSize({ width, height: 800 });
    await shown.page.screenshot({
      path: new URL(`${name}-${theme}-${width}.png`, pictures).pathname,
      fullPage: true,
    });
    assert.equal(
      await shown.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'),
      true,
      `${name} in ${theme} scrolls sideways at ${width}`,
    );
  }
  await shown.page.evaluate(readFileSync(axePath, 'utf8'));
  const violations = (await shown.page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))',
  )) as string[];
  assert.deepEqual(violations, []);
}
