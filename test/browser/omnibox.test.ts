/** SQL from the omnibox: a table, a chart, mistakes, limits; in the address and by keyboard. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type BulkRecording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { shopOfDemo, syntheticRecording } from '../support/made-once.js';

const browser = useBrowser();
let shop: BulkRecording;
let large: BulkRecording;
let shopServed: Served;
let largeServed: Served;
let withoutSql: Served;
let page: Page;

beforeAll(async () => {
  shop = openRecording(await shopOfDemo());
  large = openRecording(await syntheticRecording(1_000_000, 2_000));
  shopServed = await browser.serve(shop);
  largeServed = await browser.serve(large);
  withoutSql = await browser.serve(shop, { programs: '/nowhere' });
});

const type = async (text: string): Promise<void> => {
  await page.keyboard.press('Control+k');
  await page.getByTestId('omnibox-input').fill(text);
};
const told = (text: string | RegExp) => page.getByTestId('query-told').filter({ hasText: text });
const results = () => page.getByTestId('result-row');

describe('SQL in the omnibox', () => {
  it('is offered for a statement, and answers with a table and a chart', async () => {
    page = await browser.open(shopServed.url);
    await type('select kind, count(*) as n from events group by kind order by n desc');
    await page.getByTestId('omnibox').getByRole('option').first().getByText('SQL').waitFor();
    await page.keyboard.press('Enter');
    await told(/\d+ rows/).waitFor();
    await results().first().waitFor();
    expect(await results().first().textContent()).toMatch(/^[a-z]+\d+$/);
    await page.waitForSelector('[data-testid=chart][data-kind=bar]');
    expect(await page.getByTestId('chart-point').count()).toBeGreaterThan(5);
    await artefact(page, 'sql.png');
    // The address opens exactly this.
    await expect.poll(() => page.url()).toContain('main=query');
    const url = page.url();
    await page.close();
    page = await browser.open(url);
    await told(/\d+ rows/).waitFor();
  });

  it('leads from cells and points to moments and processes', async () => {
    page = await browser.open(shopServed.url);
    await type("sql: select ns, seq, process, bytes from events where kind = 'state' order by seq limit 50");
    await page.keyboard.press('Enter');
    await told('50 rows').waitFor();
    const cell = results().nth(3).getByRole('button').nth(1);
    const seq = await cell.textContent();
    await cell.click();
    await page.getByTestId('moment-seq').getByText(seq!, { exact: true }).waitFor();
    await page.waitForSelector('[data-testid=chart][data-kind=line]');
    await page.getByTestId('chart-point').nth(20).click();
    await expect.poll(() => page.getByTestId('moment-seq').textContent()).not.toBe(seq);
    // Sorted by a click on a column's name, and back.
    const first = (): Promise<string | null> => results().first().textContent();
    const before = await first();
    await page.getByRole('columnheader', { name: 'seq' }).getByRole('button').click();
    await page.getByRole('columnheader', { name: 'seq' }).getByRole('button').click();
    await expect.poll(first).not.toBe(before);
    await page.getByTestId('query-chart').selectOption('none');
    await page.getByTestId('chart').waitFor({ state: 'detached' });
  });

  it('shows where a mistake stands', async () => {
    page = await browser.open(shopServed.url);
    await type('> select kind,\n nosuch from events');
    await page.keyboard.press('Enter');
    const problem = page.getByTestId('query-problem');
    await problem.getByText('nosuch').first().waitFor();
    expect(await problem.locator('mark').textContent()).toBe('nosuch');
    await artefact(page, 'sql-problem.png');
  });

  it('begins with examples and the tables, by keyboard', async () => {
    page = await browser.open(shopServed.url);
    await page.keyboard.press('4');
    await page.getByTestId('query-begin').waitFor();
    await artefact(page, 'sql-begin.png');
    await page.getByTestId('query-schema').click();
    await page.getByTestId('query-schema').getByRole('button', { name: 'messages' }).waitFor();
    await page.getByTestId('query-schema').locator('summary').click();
    await page.getByTestId('query-example').filter({ hasText: 'Messages over time' }).click();
    await page.waitForSelector('[data-testid=chart][data-kind=line]');
    await page.getByTestId('query-text').fill('select 1 as one where false');
    await page.keyboard.press('Control+Enter');
    await told('No rows').waitFor();
  });

  it('shows text as text', async () => {
    page = await browser.open(shopServed.url);
    await type("select '<img src=x onerror=alert(1)>' as a, repeat('y', 20000) as b, null as c");
    await page.keyboard.press('Enter');
    await told('1 cell cut').waitFor();
    expect(await results().first().textContent()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.getByTestId('query').locator('img').count()).toBe(0);
  });

  it('stays in bounds over a million events: rows, time, and everybody else goes on', async () => {
    page = await browser.open(largeServed.url);
    await type('select seq, ns, kind from events');
    await page.keyboard.press('Enter');
    await told('there are more').waitFor();
    expect(await results().count()).toBeLessThan(120);
    await page.getByTestId('query-text').fill('select count(*) from events a, events b where a.seq + b.seq = -1');
    await page.getByTestId('query-run').click();
    await page.getByTestId('query-progress').getByText('of at most').waitFor();
    // Other questions are answered meanwhile.
    await page.getByTestId('moment').fill('#500000');
    await page.keyboard.press('Enter');
    await page.getByTestId('moment-seq').getByText('#500000', { exact: true }).waitFor();
    await artefact(page, 'sql-progress.png');
    await page.getByTestId('query-stop').click();
    await page.getByTestId('query-problem').getByText('Stopped.').waitFor();
    await page.getByTestId('query-text').fill('select count(*) as n from events');
    await page.getByTestId('query-run').click();
    await told('1 row').waitFor();
  });

  it('says what is missing', async () => {
    page = await browser.open(withoutSql.url);
    await type('select 1');
    await page.keyboard.press('Enter');
    await page.getByTestId('query-problem').getByText('not built').waitFor();
  });
});
