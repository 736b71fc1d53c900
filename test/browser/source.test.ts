/** Printing afterwards and finding inside of a file, in a real browser, on a recording that is known line by line. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { codeRecording, DEPOT, longRecording } from '../support/code-recording.js';

const { recording, depot, takes } = codeRecording(60);
const take = takes[6]!;
const browser = useBrowser();
let served: Served;
let page: Page;

beforeAll(async () => {
  // Worst cases: a line of 100 kB, an empty file.
  const wide = ['defmodule Wide do', `  @data "${'x'.repeat(100_000)}"`, 'end'].join('\n');
  recording.sourceList.push(
    { node: 0, module: 'Elixir.Wide', file: '/app/lib/wide.ex', language: 'elixir', text: wide, why: undefined },
    { node: 0, module: 'Elixir.Empty', file: '/app/lib/empty.ex', language: 'elixir', text: '', why: undefined },
  );
  served = await browser.serve(recording);
});

const at = (seq: number, more = ''): string => `${served.url}#p=${String(depot)}&t=e${String(seq)}${more}`;
const panelAt = (seq: number): Promise<unknown> =>
  page.waitForSelector(`[data-testid=process-panel][data-moment="${String(seq)}"]`);
const row = (line: number) => page.locator(`[data-testid=source-row][data-line="${String(line)}"]`);
const current = (line: number): Promise<unknown> =>
  page.waitForSelector(`[data-testid=source-row][data-line="${String(line)}"][aria-current=step]`);
const foot = (text: string): Promise<void> => page.getByTestId('prints-foot').getByText(text).waitFor();
const hit = (seq: number) => page.locator(`[data-testid=print-hit][data-seq="${String(seq)}"]`);
const print = async (expression: string): Promise<void> => {
  const input = page.locator('.print-row.is-chosen').getByTestId('print-input');
  await input.fill(expression);
  await input.press('Enter');
};

describe('printing afterwards', () => {
  it('shows the value of an expression at every execution of a line, and goes there', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Depot:10&split=0.6'));
    await current(10);
    await page.keyboard.press('p');
    await page.getByTestId('print-names').waitFor();
    await print('left - count');
    await foot('60 of 60 executions');
    expect(await hit(take.lines[10]!).locator('.mono').innerText()).toBe(String(take.left - take.count));
    expect(await hit(take.lines[10]!).getAttribute('aria-selected')).toBe('true');
    const least = Math.min(...takes.map(({ left, count }) => left - count));
    expect(await page.getByTestId('print-min').locator('.mono').innerText()).toBe(String(least));
    await artefact(page, 'source-print.png');
    await hit(takes[7]!.lines[10]!).click();
    await panelAt(takes[7]!.lines[10]!);
    await page.getByTestId('print-previous').click();
    await panelAt(take.lines[10]!);
    await page.getByTestId('print-min').click();
    await panelAt(takes.find(({ left, count }) => left - count === least)!.lines[10]!);
  });

  it('finds the first moment at which a condition holds', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Depot:10&split=0.6'));
    await current(10);
    await row(10).hover();
    await row(10).getByTestId('source-print').click();
    await print('left < 450');
    await page.getByTestId('print-only').check();
    const holding = takes.filter(({ left }) => left < 450);
    await foot(`${String(holding.length)} of 60 executions`);
    await page.getByTestId('print-hit').first().click();
    await panelAt(holding[0]!.lines[10]!);
  });

  it('keeps several prints, in the address too, and shows how often each value came', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Depot:10&split=0.6'));
    await current(10);
    await page.keyboard.press('p');
    await print('count');
    await foot('60 of 60');
    await page.locator('.source-body').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('p');
    await page.waitForSelector('[data-testid=print-row][data-line="9"].is-chosen');
    await print('item');
    await page.getByTestId('print-distinct').getByText('2 distinct values').waitFor();
    await page.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).getAll('print').length === 2);
    const address = page.url();
    await page.close();
    page = await browser.open(address, { scheme: 'dark', width: 1920, height: 1080 });
    await page.getByTestId('print-distinct').getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.getByTestId('print-row').count()).toBe(2);
    await artefact(page, 'source-print-dark.png');
    await page.getByRole('button', { name: 'Close the print at line 9' }).click();
    await page.getByTestId('print-chart').waitFor();
    await page.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).getAll('print').length === 1);
  });

  it('completes names, and says what is wrong and where', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Depot:10&split=0.6'));
    await current(10);
    await page.keyboard.press('p');
    await page.getByTestId('print-input').fill('de');
    await page.getByTestId('print-names').getByText('depot').waitFor();
    await page.getByTestId('print-input').press('Tab');
    expect(await page.getByTestId('print-input').inputValue()).toBe('depot');
    await print('depot.boxes[itme]');
    await page.getByTestId('print-error').locator('mark').getByText('itme').waitFor();
    await page.getByTestId('print-error').getByText('no variable itme at this line').waitFor();
    await artefact(page, 'source-print-wrong.png');
    await print('depot.boxes[item]');
    await foot('60 of 60');
    await print('depot.boxes + 1');
    await page.locator('.print-hit.is-raised').first().getByText('ArithmeticError').waitFor();
  });

  it('says that nothing is recorded of a line, and leads to the nearest one', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Depot:13!&split=0.6'));
    await row(13).waitFor();
    await page.keyboard.press('p');
    await page.getByTestId('print-said').getByText('no execution of this line is recorded').waitFor();
    await page.getByRole('button', { name: 'line 12 instead' }).click();
    await page.waitForSelector('[data-testid=print-row][data-line="12"]');
  });
});

describe('finding inside of a file', () => {
  it('goes from place to place, and counts them', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Depot:1!&split=0.6'));
    await row(1).waitFor();
    await page.locator('.source-body').focus();
    await page.keyboard.press('Control+f');
    await page.getByTestId('find-input').fill('LEFT');
    const places = DEPOT.split('left').length - 1;
    const count = (n: number): Promise<void> =>
      page
        .getByTestId('find-count')
        .getByText(`${String(n)} of ${String(places)}`)
        .waitFor();
    await count(1);
    await page.getByTestId('find-input').press('Enter');
    await count(2);
    await page.getByTestId('find-input').press('Enter');
    await count(3);
    expect(await row(10).locator('.find-hit.is-at').innerText()).toBe('left');
    await artefact(page, 'source-find.png');
    await page.getByTestId('find-input').press('Shift+Enter');
    await count(2);
    await page.getByTestId('find-input').fill('nowhere to be found');
    await page.getByTestId('find-count').getByText('none').waitFor();
    await page.getByTestId('find-input').press('Escape');
    expect(await page.locator('.find-hit').count()).toBe(0);
  });

  it('goes to a line by its number and to a function by its name', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Depot:1!&split=0.6'));
    await row(1).waitFor();
    await page.keyboard.press('g');
    await page.getByTestId('go-list').getByText('handle_call/3').waitFor();
    await page.getByTestId('go-input').fill('never');
    await page.getByTestId('go-input').press('Enter');
    await page.waitForFunction(() => location.hash.includes('src=Elixir.Depot%3A22'));
    await page.keyboard.press('g');
    await page.getByTestId('go-input').fill('12');
    await page.getByTestId('go-input').press('Enter');
    await page.waitForFunction(() => location.hash.includes('src=Elixir.Depot%3A12'));
  });
});

describe('worst cases', () => {
  it('a line of 100 kB, and a file with nothing in it', async () => {
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Wide:2!'));
    await row(3).waitFor();
    expect((await row(2).locator('.source-text').innerText()).length).toBeLessThan(2_100);
    expect(await row(2).locator('.source-text').innerText()).toContain('…');
    await page.close();
    page = await browser.open(at(take.lines[10]!, '&src=Elixir.Empty:0!'));
    await page.getByTestId('source-why').getByText('it was empty').waitFor();
  });

  it('a file of twenty thousand lines, with prints in it', async () => {
    const long = longRecording(20_000);
    const big = await browser.serve(long);
    page = await browser.open(`${big.url}#p=${String(depot)}&t=e${String(long.end().seq)}&split=0.6`);
    await page.keyboard.press('c');
    await current(19_999);
    await page.keyboard.press('g');
    await page.getByTestId('go-input').fill('5000');
    await page.getByTestId('go-input').press('Enter');
    await row(5_000).waitFor();
    await row(5_000).hover();
    await row(5_000).getByTestId('source-print').click();
    await print('x * 2');
    await hit(long.end().seq - 14_999).waitFor();
    await page.locator('.source-body').evaluate((body) => {
      body.scrollTop = body.scrollHeight;
    });
    await row(20_001).waitFor();
    expect(await page.getByTestId('source-row').count()).toBeLessThan(100);
    await page.locator('.source-body').focus();
    await page.keyboard.press('Control+f');
    await page.getByTestId('find-input').fill('# line 5000 ');
    await page.getByTestId('find-count').getByText('1 of 1').waitFor();
    await row(5_000).waitFor();
  });
});
