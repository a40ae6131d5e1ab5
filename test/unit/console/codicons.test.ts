import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'mocha';
import { toneIcons } from '../../../src/console/rowWords.ts';

const sources = new URL('../../../src/console/', import.meta.url);
const mapping = createRequire(import.meta.url)('@vscode/codicons/src/template/mapping.json') as Record<
  string,
  string[]
>;

/** Icons as they stand in the sources: third argument of a state, or a property of that name. */
function iconsIn(source: string): string[] {
  const states = source.matchAll(/'(?:fail|unknown|warn|held|busy|ok|calm|off)',\s*'([a-z~-]+)'/g);
  const properties = source.matchAll(/\bicon: '([a-z~-]+)'/g);
  return [...states, ...properties].flatMap((match) => match[1] ?? []);
}

describe('icons', () => {
  it('are all codicons', () => {
    const known = new Set(Object.values(mapping).flat());
    const used = new Set(
      readdirSync(sources)
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => iconsIn(readFileSync(new URL(name, sources), 'utf8'))),
    );
    for (const icon of Object.values(toneIcons)) used.add(icon);
    assert.ok(used.size > 30, `only ${used.size} icons were found in the sources`);
    assert.deepEqual(
      [...used].map((icon) => icon.replace(/~spin$/, '')).filter((icon) => !known.has(icon)),
      [],
    );
  });
});
