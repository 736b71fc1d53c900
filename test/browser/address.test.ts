/** Whoever opens the address sees what stood there: also what was folded, unfolded and looked for inside of panels. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/server/index.js';
import { useBrowser } from '../support/browser.js';
import { codeRecording } from '../support/code-recording.js';
import { shopRecording } from '../support/shop-recording.js';

describe('the address', () => {
  const browser = useBrowser();
  const shop = shopRecording(60);
  const code = codeRecording(20);
  let ofShop: Served;
  let ofCode: Served;

  beforeAll(async () => {
    ofShop = await browser.serve(shop.recording);
    ofCode = await browser.serve(code.recording);
  });

  /** As a colleague would who was sent the link. */
  async function again(page: Page, holds: string): Promise<Page> {
    await page.waitForFunction((text) => decodeURIComponent(location.hash).includes(text), holds);
    return browser.open(page.url());
  }

  const history = (page: Page) => page.getByTestId('history').locator('.section-title');

  it('brings back folded sections and unfolded parts of a state', async () => {
    const page = await browser.open(`${ofShop.url}#p=${String(shop.stock)}`);
    const top = page.getByTestId('state-tree').locator('.tree-node').first();
    await top.waitFor();
    await history(page).click();
    await top.locator('.fold').first().click();
    expect(await top.getAttribute('aria-expanded')).toBe('false');
    const other = await again(page, 'tree.state:');
    const same = other.getByTestId('state-tree').locator('.tree-node').first();
    await same.waitFor();
    expect(await same.getAttribute('aria-expanded')).toBe('false');
    expect(await history(other).getAttribute('aria-expanded')).toBe('false');
    // Another process has a state of its own to unfold.
    await other.keyboard.press('ArrowDown');
    await other
      .getByTestId('process-panel')
      .and(other.locator(`:not([data-process="${String(shop.stock)}"])`))
      .waitFor();
    expect(await history(other).getAttribute('aria-expanded')).toBe('false');
  });

  it('brings back what the history covers', async () => {
    const page = await browser.open(`${ofShop.url}#p=${String(shop.stock)}`);
    await page.getByTestId('history').getByText('window', { exact: true }).click();
    const other = await again(page, 'history.range:window');
    const pressed = other.getByTestId('history').locator('[aria-pressed=true]');
    expect(await pressed.innerText()).toBe('window');
    await other.getByTestId('history').getByText('whole life').click();
    await other.waitForFunction(() => !location.hash.includes('history.range'));
  });

  it('brings back the unfolded payload of a message', async () => {
    const page = await browser.open(`${ofShop.url}#p=${String(shop.stock)}&msg=`);
    await page.getByTestId('sequence-fold').first().click({ force: true });
    const payload = await page.getByTestId('sequence-payload').getByTestId('state-tree').innerText();
    const other = await again(page, 'payload:');
    expect(await other.getByTestId('sequence-payload').getByTestId('state-tree').innerText()).toBe(payload);
  });

  it('brings back what is looked for in a source, and where one was', async () => {
    const take = code.takes[3]?.inside ?? 0;
    const page = await browser.open(`${ofCode.url}#p=${String(code.depot)}&t=e${String(take)}&src=Elixir.Depot:11`);
    await page.getByTestId('source-row').first().waitFor();
    await page.getByTitle('Find in this file').click();
    await page.getByTestId('find-input').fill('take');
    await page.keyboard.press('Enter');
    const count = await page.getByTestId('find-count').innerText();
    expect(count).toMatch(/^\d+ of \d+$/);
    const other = await again(page, 'find:take');
    await other.getByTestId('find-input').waitFor();
    expect(await other.getByTestId('find-input').inputValue()).toBe('take');
    expect(await other.getByTestId('find-count').innerText()).toBe(count);
    // Closed, it leaves the address.
    await other.getByLabel('Close finding').click();
    await other.waitForFunction(() => !location.hash.includes('find'));
  });
});
