/** Two executions side by side, in a real browser. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { hostileRecording } from '../support/hostile-recording.js';
import { directoryOfRun, shopOfDemo } from '../support/made-once.js';
import { shopRecording } from '../support/shop-recording.js';
import { counter, reserveTwo, runAgain, writeCounter } from '../support/two-runs.js';

const ORDERS = 120;
const shop = shopRecording(ORDERS);
/** The reservation of which the second run takes two. */
const changed = shop.reservations[60]!;
const again = runAgain(ORDERS, (event) => {
  if (event.seq >= changed.send && event.seq <= changed.handle) reserveTwo(event);
});

const browser = useBrowser();
let page: Page;

const serve = async (recording: Recording, other?: Recording): Promise<string> =>
  (await browser.serve(recording, other && { other })).url;

const chosen = () => page.locator('[data-testid=compare-row][aria-selected=true]');
const chosenIs = (row: number) =>
  page.locator(`[data-testid=compare-row][data-row="${String(row)}"][aria-selected=true]`).waitFor();
const summary = (text: string | RegExp) =>
  page.getByTestId('compare-summary').getByText(text).waitFor({ timeout: 120_000 });

describe('two executions side by side', () => {
  it('leads to where two runs first differ, and moves the rest of the view along', async () => {
    page = await browser.open(`${await serve(shop.recording, again.recording)}#main=compare`, {
      width: 1920,
      height: 1080,
    });
    await page.getByTestId('compare-pairs-status').getByText('in both').waitFor();
    await page.getByTestId('first-difference').click();
    // The worker sent it: that the stock handled it and what became of that follows.
    await chosen().waitFor();
    expect(await chosen().getAttribute('data-kind')).toBe('another value');
    const sender = shop.recording.event(changed.send)!.process;
    await page.getByTestId('compare-left-process').getByText('Shop.Worker').first().waitFor();
    await page.getByTestId('row-differences').getByText('message{2}').waitFor();
    expect(await page.getByTestId('row-differences').locator('ins').allInnerTexts()).toEqual(['1', '2']);
    await page
      .getByTestId('moment-seq')
      .getByText(`#${String(changed.send)}`, { exact: true })
      .waitFor();
    await page.waitForFunction((id) => new URLSearchParams(location.hash.slice(1)).get('p') === id, String(sender));
    await artefact(page, 'compare-large.png');
    // The states of both stand beside each other, and every difference is one key away.
    await page.getByTestId('compare-pairs').getByText('Shop.Stock', { exact: true }).click();
    await chosenIs(Number(await chosen().getAttribute('data-row')));
    await page.getByTestId('compare-tree-right').waitFor();
    await artefact(page, 'compare.png');
  });

  it('steps both sides by rows and by differences, folds what is the same, and keeps its place in the address', async () => {
    const url = await serve(counter(300), counter(300, { skips: new Set([100]), jumps: new Set([200]) }));
    page = await browser.open(`${url}#main=compare&cmp=0.1.0-1.1.0-0`);
    await summary('596 the same');
    expect(await page.locator('.compare-count').allInnerTexts()).toEqual(['~\n2 changed', '−\n2 only left']);
    await chosenIs(0);
    await page.keyboard.press('j');
    await chosenIs(200);
    expect(await chosen().getAttribute('data-kind')).toBe('only left');
    await page.keyboard.press('ArrowDown');
    await chosenIs(201);
    await page.keyboard.press('j');
    await chosenIs(400);
    expect(await chosen().getAttribute('data-kind')).toBe('another value');
    await page.keyboard.press('ArrowDown');
    // Both states there, and what differs.
    await page.getByTestId('state-differences').getByText('What differs in the state').waitFor();
    expect(await page.getByTestId('state-differences').locator('ins').allInnerTexts()).toEqual(['200', '-200']);
    expect(await page.getByTestId('compare-tree-left').innerText()).toContain('200');
    expect(await page.getByTestId('compare-tree-right').locator('.tree-row.is-changed').innerText()).toContain('-200');
    expect(await page.getByTestId('compare-ruler').getAttribute('aria-label')).toBe(
      'Where differences are: 4 in 600 rows',
    );
    await artefact(page, 'compare-states.png');
    await page.keyboard.press('k');
    await chosenIs(400);
    await page.keyboard.press('k');
    await chosenIs(200);
    const fold = page.getByTestId('compare-fold').filter({ hasText: '192 the same' });
    await fold.click();
    await fold.waitFor({ state: 'detached' });
    await page.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).get('cmp') === '0.1.0-1.1.0-200');
    const address = page.url();
    await page.close();
    page = await browser.open(address, { scheme: 'dark' });
    await chosenIs(200);
    await artefact(page, 'compare-dark.png');
  });

  it('says what to do where nothing is chosen, and compares two processes of one real recording', async () => {
    const recording = openRecording(await shopOfDemo());
    page = await browser.open(`${await serve(recording)}#`);
    await page.keyboard.press('3');
    await page
      .getByTestId('compare-empty')
      .getByText('elixirscope compare passing.escope failing.escope --open')
      .waitFor();
    await artefact(page, 'compare-empty.png');
    for (const [side, name] of [
      ['left', 'Worker.N1'],
      ['right', 'Worker.N2'],
    ] as const) {
      await page.getByTestId(`compare-${side}-process`).click();
      await page.getByTestId('compare-picker').getByRole('searchbox').fill(name);
      await page.keyboard.press('Enter');
    }
    await summary(/\d+ the same/);
    await page.getByTestId('compare-row').first().waitFor();
    await page.keyboard.press('j');
    await page.locator('[data-testid=compare-row][aria-selected=true]:not([data-kind="the same"])').waitFor();
    await artefact(page, 'compare-processes.png');
  });

  it('says so where two real recordings are the same', async () => {
    const [one, other] = [openRecording(await shopOfDemo()), openRecording(await shopOfDemo())];
    page = await browser.open(`${await serve(one, other)}#main=compare`);
    await page.getByTestId('compare-identical').getByText('Both did the same').waitFor();
    expect(await page.getByTestId('first-difference').isDisabled()).toBe(true);
  });

  it('takes a hundred thousand rows: only those in view are in the page', async () => {
    const files = directoryOfRun('compare');
    writeCounter(join(files, 'a.escope'), 50_000, {});
    writeCounter(join(files, 'b.escope'), 50_000, { skips: new Set([49_000]), jumps: new Set([20, 25_000]) });
    const [one, other] = [openRecording(join(files, 'a.escope')), openRecording(join(files, 'b.escope'))];
    const url = await serve(one, other);
    page = await browser.open(`${url}#main=compare&cmp=0.1.0-1.1.0-0`);
    await summary('99,994 the same');
    await page.keyboard.press('j');
    await chosenIs(40);
    await page.keyboard.press('j');
    await chosenIs(50_000);
    await page.keyboard.press('j');
    await chosenIs(98_000);
    // All of them unfolded: still only what is in view.
    for (
      let fold = page.getByTestId('compare-fold').first();
      (await fold.count()) > 0;
      fold = page.getByTestId('compare-fold').first()
    )
      await fold.click();
    expect(await page.getByTestId('compare-row').count()).toBeLessThan(120);
    await page.keyboard.press('ArrowDown');
    await chosenIs(98_001);
    await page.getByTestId('compare-ruler').click({ position: { x: 9, y: 1 } });
    await chosenIs(40);
    await artefact(page, 'compare-100k.png');
  });

  it('takes text for text', async () => {
    const hostile = hostileRecording();
    page = await browser.open(`${await serve(hostile.recording, hostile.recording)}#main=compare&cmp=0.1.0-1.2.0-0`);
    await page.getByTestId('compare-summary').waitFor();
    await page.getByTestId('compare-ruler').waitFor();
    expect(await page.getByTestId('compare').locator('img, script, b').count()).toBe(0);
  });

  it('compares anew when the second recording grows, and moves nobody', async () => {
    const growing = counter(300);
    growing.live = true;
    page = await browser.open(`${await serve(counter(300), growing)}#main=compare&cmp=0.1.0-1.1.0-40`);
    await summary('all 600 events are the same');
    await chosenIs(40);
    const { seq, ns } = growing.end();
    growing.pending.push(() => {
      const { process, fn, terms } = growing.event(seq - 1)!;
      growing.add('handle', ns + 100, process, { fn, terms });
    });
    await page.getByText('1 only right').waitFor();
    await chosenIs(40);
  });
});
