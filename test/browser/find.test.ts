/** Finding things: the omnibox, and the moments that a recording offers by itself. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { codeRecording } from '../support/code-recording.js';
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

  it('offer the longest mailboxes where they were looked at', async () => {
    page = await browser.open(codeServed.url);
    await page.getByTestId('moments').getByText('waiting for Depot').first().click();
    await page.getByTestId('process-name').getByText('Depot', { exact: true }).waitFor();
  });
});
