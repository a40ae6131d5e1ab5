import assert from 'node:assert/strict';
import { type DeletionPageInput, deletionPageModel } from '../../src/console/intent/deletionPage.ts';
import { deletionComparisonSchema } from '../../src/contract/intent/deletionRequest.ts';
import { meWith, nowMs, ownRequest, requestWith } from '../unit/console/intent/deletionSupport.ts';
import { assertLooksGood } from './support/looks.ts';
import { openPage, type PageHarness, type ThemeName, themes } from './support/pageHarness.ts';

const hostile = '<img src=x onerror="window.hacked=1">';

describe('page of a deletion request in a browser', function () {
  this.timeout(60_000);
  let shown: PageHarness;

  before(async () => {
    shown = await openPage('deletion');
  });
  after(() => shown.close());

  const post = (fields: Partial<DeletionPageInput> = {}) =>
    shown.post({
      type: 'model',
      nowMs,
      model: deletionPageModel({
        about: 'api/42',
        request: requestWith(),
        comparison: {
          kind: 'read',
          comparison: deletionComparisonSchema.parse({
            live: 'changed',
            message: 'Changed since.',
            changes: [{ key: 'name', when_asked: 'db-01', now: hostile }],
          }),
        },
        me: meWith(),
        failure: null,
        clockOffsetMs: 0,
        nowMs,
        ...fields,
      }),
    });
  const last = async () => (await shown.sent()).at(-1);

  it('sends what is pressed, and only the editor decides', async () => {
    await post();
    await shown.page.locator('vscode-button', { hasText: 'Approve' }).click();
    assert.deepEqual(await last(), { type: 'approve' });
    await shown.page.locator('vscode-button', { hasText: 'Compare' }).click();
    assert.deepEqual(await last(), { type: 'compare' });
  });

  it('has the reason beside a button that is off, and sends nothing from it', async () => {
    await post({ request: ownRequest() });
    const action = shown.page.locator('.action', { hasText: 'Approve' });
    assert.match(await action.innerText(), /You asked for this, so somebody else decides\./);
    const before = (await shown.sent()).length;
    await action.locator('vscode-button').click({ force: true });
    assert.equal((await shown.sent()).length, before);
  });

  it('shows texts of others as text', async () => {
    await post();
    assert.equal(await shown.page.evaluate('window.hacked'), undefined);
    assert.match(await shown.page.locator('table').innerText(), /<img src=x/);
  });

  for (const theme of Object.keys(themes) as ThemeName[])
    it(`can be read in ${theme}, however narrow`, async () => {
      await post();
      await assertLooksGood(shown, 'deletion', theme);
    });
});
