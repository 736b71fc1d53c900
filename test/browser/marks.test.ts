/** Bookmarks and notes: made, shown, jumped to, changed, removed, shared; kept with the recording or in the browser. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeMarks, openRecording, readMarks, type BulkRecording, type Mark } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { directoryOfRun, shopOfDemo } from '../support/made-once.js';

const HOSTILE = '<img src=x onerror=alert(1)>\u202Eabc\u001b[31m';
const browser = useBrowser();
let path: string;
let recording: BulkRecording;
let served: Served;
let readOnly: Served;
let page: Page;
let other: Page | undefined;

beforeAll(async () => {
  path = join(directoryOfRun('marks'), 'shop.escope');
  cpSync(await shopOfDemo(), path, { recursive: true });
  recording = openRecording(path);
  served = await browser.serve(recording);
  readOnly = await browser.serve(recording, { readOnly: 'it was opened with --read-only' });
});

const go = async (moment: string): Promise<void> => {
  await page.getByTestId('moment').fill(moment);
  await page.keyboard.press('Enter');
  await page.getByTestId('moment-seq').getByText(moment, { exact: true }).waitFor();
};
const rows = () => page.getByTestId('mark-row');
const mark = (change: Partial<Mark>): Mark => ({
  id: 'a',
  name: 'here',
  colour: 'blue',
  text: '',
  seq: 1,
  ns: 0,
  process: 0,
  path: '',
  madeMs: 0,
  ...change,
});

describe('bookmarks', () => {
  it('say how to make one where there is none', async () => {
    page = await browser.open(served.url);
    await page.keyboard.press('Shift+K');
    await page.getByTestId('marks-empty').getByText('No bookmarks yet').waitFor();
    expect(page.url()).not.toContain('mark=');
  });

  it('are made on the moment with k, lie in the recording, and lead back', async () => {
    page = await browser.open(served.url);
    await go('#1000');
    await page.keyboard.press('k');
    await page.getByTestId('mark-name').fill('the first order');
    await page.getByTestId('mark-dialog').getByText('orange').click();
    await page.getByTestId('mark-text').fill('it begins here\nand goes on');
    await artefact(page, 'mark-dialog.png');
    await page.getByTestId('mark-save').click();
    await page.getByTestId('flags').getByRole('button', { name: 'Bookmark the first order' }).waitFor();
    expect(readMarks(path)).toMatchObject([
      { name: 'the first order', colour: 'orange', text: 'it begins here\nand goes on', seq: 1000, process: 0 },
    ]);
    await page.keyboard.press('Home');
    await page.getByTestId('moment-seq').getByText('#1000', { exact: true }).waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    await page.getByTestId('moment-seq').getByText('#1000', { exact: true }).waitFor();
  });

  it('stand on a value of a state, and a link opens exactly it', async () => {
    page = await browser.open(served.url);
    await page.getByTestId('filter').fill('Shop.Stock');
    await page.keyboard.press('Enter');
    await page.getByTestId('process-name').getByText('Shop.Stock', { exact: true }).waitFor();
    const row = page.getByTestId('state-tree').locator('.tree-row').filter({ hasText: 'dirty' }).first();
    await row.hover();
    await row.getByText('mark', { exact: true }).click();
    await page.getByTestId('mark-dialog').getByText('its value dirty').waitFor();
    await page.getByTestId('mark-name').fill('dirty at the end');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => readMarks(path).find(({ name }) => name === 'dirty at the end')?.path).toBe('dirty');
    const { id } = readMarks(path).find(({ name }) => name === 'dirty at the end')!;
    await page.close();
    page = await browser.open(`${served.url}#mark=${id}`);
    await page.getByTestId('process-name').getByText('Shop.Stock', { exact: true }).waitFor();
    await page.getByTestId('state-tree').locator('[data-marked]').getByText('dirty').waitFor();
    await page.keyboard.press('Shift+K');
    await rows().nth(1).waitFor();
    await artefact(page, 'marks.png');
  });

  it('reach other browsers at once, and what the command line adds too', async () => {
    page = await browser.open(`${served.url}#marks=1`);
    other = await browser.open(`${served.url}#marks=1`);
    const before = readMarks(path).length;
    await other.keyboard.press('k');
    await other.getByTestId('mark-name').fill('from the other');
    await other.keyboard.press('Enter');
    await rows().filter({ hasText: 'from the other' }).waitFor();
    changeMarks(path, (marks) => [...marks, mark({ id: 'cli', name: 'from outside' })]);
    await rows().filter({ hasText: 'from outside' }).waitFor();
    expect(await rows().count()).toBe(before + 2);
  });

  it('are filtered, changed, removed, and brought back', async () => {
    page = await browser.open(`${served.url}#marks=1`);
    await page.getByTestId('marks-filter').fill('first order');
    await expect.poll(() => rows().count()).toBe(1);
    await page.getByTestId('mark-edit').click();
    await page.getByTestId('mark-name').fill('the very first order');
    await page.getByTestId('mark-save').click();
    await rows().filter({ hasText: 'the very first order' }).waitFor();
    expect(readMarks(path).find(({ seq }) => seq === 1000)?.text).toBe('it begins here\nand goes on');
    await page.getByTestId('mark-remove').click();
    await expect.poll(() => rows().count()).toBe(0);
    expect(readMarks(path).some(({ seq }) => seq === 1000)).toBe(false);
    await page.getByTestId('marks-undo').click();
    await rows().filter({ hasText: 'the very first order' }).waitFor();
    expect(readMarks(path).find(({ seq }) => seq === 1000)?.text).toBe('it begins here\nand goes on');
  });

  it('are found in the omnibox', async () => {
    page = await browser.open(served.url);
    await page.keyboard.press('Control+k');
    await page.getByTestId('omnibox-input').fill('very first');
    await page.getByTestId('omnibox').getByRole('option').filter({ hasText: 'the very first order' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('moment-seq').getByText('#1000', { exact: true }).waitFor();
  });

  it('show whatever is in them as text, and thousands of them', async () => {
    const kept = readFileSync(join(path, 'marks.json'));
    const end = recording.end();
    changeMarks(path, () =>
      Array.from({ length: 10_000 }, (_, i) =>
        mark({
          id: `m${String(i)}`,
          name: i === 0 ? HOSTILE.replaceAll(/\p{Cc}/gu, '') : `mark ${String(i)}`,
          text: i === 0 ? HOSTILE + 'x'.repeat(60_000) : '',
          colour: 'red',
          ...recording.momentOf(1 + Math.floor((i * (end.seq - 1)) / 10_000)),
        }),
      ),
    );
    page = await browser.open(`${served.url}#marks=1`);
    await page.getByTestId('marks-panel').getByText('10k marks').waitFor();
    expect(await rows().first().textContent()).toContain('<img src=x onerror=alert(1)>');
    expect(await rows().first().textContent()).not.toContain('\u202E');
    expect(await page.getByTestId('marks-panel').locator('img').count()).toBe(0);
    // As many flags as there is room for, each of which counts its marks.
    expect(await page.getByTestId('flags').getByRole('button').count()).toBeLessThan(20);
    await artefact(page, 'marks-many.png');
    changeMarks(path, () => []);
    await page.getByTestId('marks-empty').waitFor();
    expect(kept.length).toBeGreaterThan(0);
  });

  it('stay in the browser where the recording cannot keep them, and say so', async () => {
    page = await browser.open(`${readOnly.url}#marks=1`);
    await page.getByTestId('marks-panel').getByText('opened with --read-only').waitFor();
    await go('#2000');
    await page.keyboard.press('k');
    await page.getByTestId('mark-where').getByText('in this browser only').waitFor();
    await page.getByTestId('mark-name').fill('only here');
    await page.keyboard.press('Enter');
    await rows().filter({ hasText: 'only here' }).waitFor();
    expect(readMarks(path)).toEqual([]);
    const { url } = readOnly;
    await page.close();
    page = await browser.open(`${url}#marks=1`);
    await rows().filter({ hasText: 'only here' }).click();
    await page.getByTestId('moment-seq').getByText('#2000', { exact: true }).waitFor();
    await page.getByTestId('mark-remove').click();
    await page.getByTestId('marks-empty').waitFor();
  });
});

describe('moments that are offered', () => {
  it('are crashes, restarts and logged errors, gone through one by one', async () => {
    page = await browser.open(served.url);
    const moments = page.getByTestId('moments');
    await moments.getByRole('heading', { name: 'Restarts' }).waitFor();
    await moments.getByRole('heading', { name: 'Errors logged' }).waitFor();
    await artefact(page, 'moments-offered.png');
    await moments.getByRole('button', { name: 'First crash' }).click();
    const first = await page.getByTestId('moment-seq').textContent();
    await moments.getByRole('button', { name: 'Next crash' }).click();
    await expect.poll(() => page.getByTestId('moment-seq').textContent()).not.toBe(first);
    await moments.getByRole('button', { name: 'Previous crash' }).click();
    await expect.poll(() => page.getByTestId('moment-seq').textContent()).toBe(first);
    // What crashed is started again after it.
    await moments.getByRole('button', { name: 'Next restart' }).click();
    const ns = Number(await page.getByTestId('moment').getAttribute('data-ns'));
    expect(ns).toBeGreaterThan(0);
    await moments.getByRole('button', { name: 'Last logged error' }).click();
    await page.getByTestId('event-detail').waitFor();
  });
});

describe('the player', () => {
  it('plays backwards, and goes from match to match', async () => {
    page = await browser.open(served.url);
    await page.keyboard.press('Control+k');
    await page.getByTestId('omnibox-input').fill('function_clause');
    await page.getByTestId('omnibox').getByText('Find “function_clause” in all events').click();
    await page.getByTestId('omnibox').getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    const seq = async (): Promise<number> => Number((await page.getByTestId('moment-seq').textContent())?.slice(1));
    await expect.poll(seq).toBeGreaterThan(0);
    const first = await seq();
    await page.keyboard.press('t');
    await expect.poll(seq).toBeGreaterThan(first);
    await page.keyboard.press('Shift+T');
    await expect.poll(seq).toBe(first);
    const ns = async (): Promise<number> => Number(await page.getByTestId('moment').getAttribute('data-ns'));
    const before = await ns();
    await page.keyboard.press('r');
    await expect.poll(ns).toBeLessThan(before);
    await expect.poll(() => page.url()).toContain('back=1');
    await page.keyboard.press('Space');
  });
});
