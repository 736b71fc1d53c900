/** Finding things: the omnibox, and the moments that a recording offers by itself. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/server/index.js';
import { atom, binary, map } from '../../src/term/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { codeRecording } from '../support/code-recording.js';
import { MemoryRecording } from '../support/memory-recording.js';
import { shopRecording } from '../support/shop-recording.js';

const code = codeRecording(30);
const shop = shopRecording(200);
const browser = useBrowser();
let codeServed: Served;
let shopServed: Served;
let page: Page;

beforeAll(async () => {
  codeServed = await browser.serve(code.recording);
  shopServed = await browser.serve(shop.recording);
});

const type = async (text: string): Promise<void> => {
  await page.keyboard.press('Control+k');
  await page.getByTestId('omnibox-input').fill(text);
};
const entry = (text: string | RegExp) => page.getByTestId('omnibox').getByRole('option').filter({ hasText: text });

describe('the omnibox', () => {
  it('finds processes, the shortest name first', async () => {
    page = await browser.open(shopServed.url);
    await type('shop stock');
    await entry('Shop.Stock').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('process-name').getByText('Shop.Stock', { exact: true }).waitFor();
    expect(await page.getByTestId('omnibox').isVisible()).toBe(false);
  });

  it('finds functions and opens their source', async () => {
    page = await browser.open(codeServed.url);
    await type('subtract');
    await entry('Depot.subtract/2').waitFor();
    await artefact(page, 'omnibox.png');
    await entry('Depot.subtract/2').click();
    await page.waitForSelector('[data-testid=source-row][data-line="15"]');
  });

  it('goes to moments, and does what has a name', async () => {
    page = await browser.open(shopServed.url);
    await type('#100');
    await page.keyboard.press('Enter');
    await page.getByTestId('moment-seq').getByText('#100', { exact: true }).waitFor();
    await type('colours dark');
    await page.keyboard.press('Enter');
    await page.waitForSelector('html[data-theme=dark]');
  });

  it('finds values in events, and leads there', async () => {
    page = await browser.open(shopServed.url);
    await type('out_of_stock');
    await entry('Find “out_of_stock” in all events').click();
    await entry('badmatch').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('event-detail').getByText('out_of_stock').first().waitFor();
  });

  it('says that there is nothing, and closes without having done anything', async () => {
    page = await browser.open(codeServed.url);
    const before = await page.getByTestId('moment').getAttribute('data-ns');
    await type('<img src=x>');
    await entry('Find “<img src=x>” in all events').waitFor();
    expect(await page.getByTestId('omnibox').locator('img').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByTestId('omnibox').waitFor({ state: 'hidden' });
    expect(await page.getByTestId('moment').getAttribute('data-ns')).toBe(before);
  });
});

describe('moments', () => {
  it('offer crashes and the longest calls', async () => {
    page = await browser.open(shopServed.url);
    const moments = page.getByTestId('moments');
    await moments.getByText('Shop.Worker').first().waitFor();
    await moments.getByText('Shop.Payments.handle_cast/2').first().waitFor();
    await artefact(page, 'moments.png');
    await moments.getByText('Shop.Worker').first().click();
    await page
      .getByTestId('moment-seq')
      .getByText(`#${String(shop.crash)}`, { exact: true })
      .waitFor();
  });

  it('offer failed tests, by name and with what they say, and exceptions', async () => {
    const recording = new MemoryRecording();
    const process = recording.addProcess({ number: 200, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name: undefined, label: undefined }); // prettier-ignore
    const test = recording.fn('Elixir.ShelfTest', 'test holds <b>two</b>', 1);
    const take = recording.fn('Elixir.Shelf', 'take', 2);
    const raised = [
      atom('error'),
      map([
        [atom('__struct__'), atom('Elixir.ArgumentError')],
        [atom('__exception__'), atom('true')],
        [atom('message'), binary('none left')],
      ]),
    ];
    const outer = recording.add('call', 1_000, process, { fn: test });
    const inner = recording.add('call', 2_000, process, { fn: take });
    const left = recording.add('exception', 3_000, process, { fn: take, cause: inner, terms: raised });
    recording.add('exception', 4_000, process, { fn: test, cause: outer, terms: raised });
    const other = recording.add('call', 5_000, process, { fn: take });
    recording.add('exception', 6_000, process, { fn: take, cause: other, terms: [atom('throw'), atom('done')] });
    page = await browser.open((await browser.serve(recording)).url);
    const moments = page.getByTestId('moments');
    await moments.getByRole('heading', { name: 'Failed tests 1' }).waitFor();
    await moments.getByRole('heading', { name: 'Exceptions 1' }).waitFor();
    expect(await moments.getByText('throw :done').count()).toBe(1);
    await artefact(page, 'moments-tests.png');
    await moments.getByText('holds <b>two</b>').click();
    await page
      .getByTestId('moment-seq')
      .getByText(`#${String(left)}`, { exact: true })
      .waitFor();
  });

  it('offer the longest mailboxes where they were looked at', async () => {
    page = await browser.open(codeServed.url);
    await page.getByTestId('moments').getByText('waiting for Depot').first().click();
    await page.getByTestId('process-name').getByText('Depot', { exact: true }).waitFor();
  });
});
