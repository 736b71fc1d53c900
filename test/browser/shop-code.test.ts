/** The whole way of the code: the shop is recorded line by line, and its bug is read off the source. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { printTerm } from '../../src/term/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { shopByLines } from '../support/made-once.js';

describe('the shop, recorded line by line', () => {
  const browser = useBrowser();
  let recording: Recording;
  let served: Served;
  let page: Page;

  beforeAll(async () => {
    recording = openRecording(await shopByLines());
    served = await browser.serve(recording);
  });

  it('leads from the crash to the line, and the variables say why', async () => {
    page = await browser.open(served.url);
    await page.keyboard.press('Home');
    await page.waitForSelector('[data-testid=moment][data-ns="0"]');
    await page.getByTestId('next-crash').waitFor();
    // Something of the compiler may have ended badly before: on to the shop's own.
    for (let i = 0; i < 8; i++) {
      const before = await page.getByTestId('moment').getAttribute('data-ns');
      await page.keyboard.press('n');
      await page.waitForFunction(
        (ns) => document.querySelector('[data-testid=moment]')?.getAttribute('data-ns') !== ns,
        before,
      );
      if ((await page.getByTestId('process-name').innerText()) === 'Shop.Purchasing') break;
    }
    await page.waitForSelector('[data-testid=process-panel][data-moment]');
    await page.keyboard.press('c');
    // Back to the last line before it: the one that asks how urgent it is.
    const lines = page.locator('[data-testid=source-row][aria-current=step] .source-text');
    await page.keyboard.press('L');
    await page.locator('[data-testid=source][data-module="Elixir.Shop.Purchasing"]').waitFor();
    for (let i = 0; i < 6 && !(await lines.innerText()).includes('urgency(free)'); i++) {
      const before = await page.getByTestId('process-panel').getAttribute('data-moment');
      await page.keyboard.press('L');
      await page.waitForFunction(
        (seq) => document.querySelector('[data-testid=process-panel]')?.getAttribute('data-moment') !== seq,
        before,
      );
      await lines.waitFor();
    }
    expect(await lines.innerText()).toContain('urgency = urgency(free)');
    const free = page.locator('[data-testid=variable][data-name=free] .tree-value');
    expect(Number(await free.innerText())).toBeLessThan(0);
    await artefact(page, 'shop-code-crash.png');
  });

  it('shows the same variables as the recording has, at any line', async () => {
    const stock = recording.findProcess('Shop.Stock')!;
    const lines = [...recording.events({ processes: [stock], kinds: ['line'] })];
    expect(lines.length).toBeGreaterThan(100);
    page = await browser.open(`${served.url}#p=${String(stock)}&src=Elixir.Shop.Stock:1`);
    for (const share of [0.3, 0.6, 0.9]) {
      const { seq } = lines[Math.floor(lines.length * share)]!;
      await page.getByTestId('moment').fill(`#${String(seq)}`);
      await page.getByTestId('moment').press('Enter');
      await page.waitForSelector(`[data-testid=process-panel][data-moment="${String(seq)}"]`);
      const at = recording.momentOf(seq);
      const [frame] = recording.stack(stock, at).frames;
      await page.waitForSelector(`[data-testid=source-row][data-line="${String(frame!.line)}"][aria-current=step]`);
      const known = recording.variables(stock, at)!.variables;
      const shown = page.getByTestId('variable');
      expect(await shown.evaluateAll((all) => all.map((each) => each.getAttribute('data-name')))).toEqual(
        known.map((each) => each.name),
      );
      for (const { name, value } of known) {
        const text = printTerm(value, { syntax: 'elixir' });
        const there = await page.locator(`[data-testid=variable][data-name="${name}"] .tree-value`).first().innerText();
        if (text.length < 100) expect(there.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
      }
    }
    await artefact(page, 'shop-code-stock.png');
  });

  it('shows its system, its messages, and prints of it afterwards', async () => {
    const stock = recording.findProcess('Shop.Stock')!;
    const lines = [...recording.events({ processes: [stock], kinds: ['line'] })];
    const { seq } = lines[Math.floor(lines.length / 2)]!;
    page = await browser.open(served.url);
    await page.keyboard.press('/');
    await page.getByTestId('omnibox-input').fill('Shop.Stock');
    await page.keyboard.press('Enter');
    await page.getByTestId('process-name').getByText('Shop.Stock', { exact: true }).waitFor();
    await page.getByTestId('moment').fill(`#${String(seq)}`);
    await page.getByTestId('moment').press('Enter');
    await page.waitForSelector(`[data-testid=process-panel][data-moment="${String(seq)}"]`);
    await page.keyboard.press('q');
    await page.getByTestId('sequence-message').first().waitFor();
    expect(await page.locator('.sequence-head.is-selected .link').innerText()).toBe('Shop.Stock');
    await artefact(page, 'shop-messages.png');
    await page.keyboard.press('q');
    await page.keyboard.press('2');
    const alive = recording.processesAt(recording.momentOf(seq)).length;
    await page.waitForSelector(`[data-testid=constellation][data-alive="${String(alive)}"]`);
    await artefact(page, 'shop-system.png');
    await page.keyboard.press('1');
    await page.keyboard.press('c');
    await page.waitForSelector('[data-testid=source-row][aria-current=step]');
    await page.keyboard.press('p');
    const [variable] = recording.variables(stock, recording.momentOf(seq))!.variables;
    const input = page.locator('.print-row.is-chosen').getByTestId('print-input');
    await input.fill(variable!.name);
    await input.press('Enter');
    await page.locator('[data-testid=print-hit][aria-selected=true]').waitFor();
    await artefact(page, 'shop-print.png');
  });
});
