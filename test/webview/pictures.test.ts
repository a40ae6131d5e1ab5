import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { guestMessage, modelMessage } from './support/models.ts';
import { PageHarness, rootDir } from './support/pageHarness.ts';
import { themeNames } from './support/themes.ts';

const folder = path.join(rootDir, 'test-results', 'webview');
const widths = { wide: 1280, narrow: 500 } as const;

describe('pictures of the pages', () => {
  let harness: PageHarness;

  before(async () => {
    mkdirSync(folder, { recursive: true });
    harness = await PageHarness.start();
  });

  after(() => harness.stop());

  for (const theme of themeNames) {
    for (const [form, width] of Object.entries(widths)) {
      it(`draws both pages in ${theme}, ${form}, without sideways scroll`, async () => {
        for (const [name, message] of [
          ['haStatus', modelMessage()],
          ['guest', guestMessage()],
        ] as const) {
          const opened = await harness.open(name, { theme, width, height: 1000 });
          await opened.send(message);
          await opened.page.waitForTimeout(100);
          await opened.page.screenshot({
            path: path.join(folder, `${name}-${theme}-${form}.png`),
            fullPage: true,
          });
          assert.equal(
            await opened.page.evaluate('document.documentElement.scrollWidth > innerWidth'),
            false,
          );
          assert.deepEqual(await opened.troubles(), []);
          await opened.close();
        }
      });
    }
  }
});
