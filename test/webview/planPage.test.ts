import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildPlan, buildRun, openSession, wireVerdict } from '../unit/console/intent/support.ts';
import { openPage, type PageHarness, type ThemeName, themes } from './support/pageHarness.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures = new URL('../../test-results/webview/', import.meta.url);
const hostile = '<img src=x onerror="window.hacked=1"><b>bold</b>';

const mixed = () =>
  buildPlan({
    permitted: false,
    verdicts: [
      wireVerdict(0, 'create', 140, {
        verdict: 'blocked',
        name: hostile,
        message: `${hostile} needs the guest off; nothing is stopped here`,
        findings: [
          { code: 'needs_stop', verdict: 'blocked', message: 'cores needs the guest off', field: 'cores' },
        ],
      }),
      wireVerdict(1, 'update', 101, { verdict: 'warning', message: 'after this pve1 has 3 GiB left' }),
      wireVerdict(2, 'delete', 105, {
        verdict: 'warning',
        message: 'A deletion request is filed.',
        ha: [{ subject: 'rule', id: 'keep-db', effect: 'removed', message: 'Rule keep-db goes too.' }],
      }),
    ],
  });

describe('plan page', function () {
  this.timeout(60_000);
  let shown: PageHarness;
  let opened: ReturnType<typeof openSession>;

  const post = () =>
    shown.post({ type: 'model', nowMs: opened.clock.now(), model: opened.session.pageModel() });
  const text = (selector: string) => shown.page.locator(selector).first().innerText();
  const last = async () => (await shown.sent()).at(-1);
  const texts = (selector: string) => shown.page.locator(selector).allInnerTexts();

  before(async () => {
    shown = await openPage('plan');
  });
  after(() => shown.close());
  beforeEach(async () => {
    opened = openSession();
    await shown.page.setViewportSize({ width: 1280, height: 800 });
  });
  afterEach(() => {
    opened.session.dispose();
    opened.model.dispose();
  });

  it('asks for a plan while there is none', async () => {
    await post();
    assert.match(await text('#changes'), /Nothing was planned yet/);
    await shown.page.getByText('Plan', { exact: true }).last().click();
    assert.deepEqual(await last(), { type: 'planAgain' });
  });

  it('puts blocked changes first and says on the button why Apply is off', async () => {
    opened.port.planReply = mixed();
    await opened.session.makePlan();
    await post();
    assert.deepEqual(
      (await texts('.group h2')).map((title) => title.trim()),
      ['Blocked (1)', 'Delete by request (1)', 'Update (1)'],
    );
    const apply = shown.page.locator('vscode-button', { hasText: 'Apply: off, 1 blocked' });
    assert.equal(await apply.getAttribute('disabled'), '');
    await apply.click({ force: true });
    assert.notDeepEqual(await last(), { type: 'apply' });
    assert.match(await text('[data-group="delete"]'), /HA: Rule keep-db goes too\./);
  });

  it('shows names with markup as text, and breaks no policy', async () => {
    opened.port.planReply = mixed();
    await opened.session.makePlan();
    await post();
    assert.match(await text('[data-group="blocked"]'), /<img src=x/);
    assert.equal(await shown.page.locator('#changes img').count(), 0);
    assert.equal(await shown.page.evaluate('window.hacked'), undefined);
    assert.deepEqual(shown.faults, []);
  });

  it('counts down, and asks the host for the confirmation', async () => {
    await opened.session.makePlan();
    await post();
    assert.match(await text('.countdown'), /^[45]:\d\d$/);
    await shown.page.locator('vscode-button', { hasText: 'Apply 3 Changes' }).click();
    assert.deepEqual(await last(), { type: 'apply' });
  });

  it('opens comparison and line of a row by keyboard', async () => {
    await opened.session.makePlan();
    await post();
    await shown.page.getByRole('link', { name: 'diff of vm 101 guest-101' }).focus();
    await shown.page.keyboard.press('Enter');
    assert.deepEqual(await last(), { type: 'openDiff', index: 1 });
    await shown.page.getByRole('link', { name: 'line 6 of vm 140 web-4' }).focus();
    await shown.page.keyboard.press('Enter');
    assert.deepEqual(await last(), { type: 'goToLine', index: 0 });
  });

  it('turns into the run: rows keep the order of the plan, the rest can be cancelled', async () => {
    await opened.session.makePlan();
    await opened.session.apply();
    const items = buildRun(['succeeded', 'running', 'queued']).results;
    for (const item of items) opened.port.handlers?.onItem(item);
    await post();
    await shown.page.locator('.run').waitFor();
    assert.deepEqual(
      await shown.page
        .locator('tr[data-index]')
        .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.index)),
      ['0', '1', '2'],
    );
    assert.equal(await text('.run-count'), '1 of 3');
    await shown.page.locator('vscode-button', { hasText: 'Cancel Rest' }).click();
    assert.deepEqual(await last(), { type: 'cancelRest' });
    opened.port.handlers?.onRun(
      buildRun(['succeeded', 'failed', 'delete-pending-approval'], { state: 'done', overall: 'partial' }),
    );
    await post();
    assert.match(await text('.run-end'), /Applied in part: 2 of 3/);
    assert.equal(await shown.page.locator('vscode-button', { hasText: 'Cancel Rest' }).count(), 0);
    assert.match(await text('#summary'), /Applied in part/);
  });

  for (const theme of Object.keys(themes) as ThemeName[]) {
    it(`has no serious accessibility fault and no sideways scroll in ${theme}, wide and narrow`, async () => {
      opened.port.planReply = mixed();
      await opened.session.makePlan();
      await shown.setTheme(theme);
      await post();
      mkdirSync(pictures, { recursive: true });
      for (const width of [1280, 500]) {
        await shown.page.setViewportSize({ width, height: 800 });
        await shown.page.screenshot({
          path: new URL(`plan-${theme}-${width}.png`, pictures).pathname,
          fullPage: true,
        });
        assert.equal(
          await shown.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'),
          true,
        );
        assert.equal(
          await shown.page.evaluate(
            '[...document.querySelectorAll("tr[data-index]")].every((row) => row.scrollHeight <= row.clientHeight + 1)',
          ),
          true,
          `rows overlap at ${width}`,
        );
      }
      await shown.page.evaluate(readFileSync(axePath, 'utf8'));
      const violations = (await shown.page.evaluate(
        'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))',
      )) as string[];
      assert.deepEqual(violations, []);
    });
  }
});
