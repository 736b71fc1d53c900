/** Messages between processes as a sequence, in a real browser. */
import { rmSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveRecording, type Served } from '../../src/server/index.js';
import { artefact, buildUi, startBrowser, type Browser } from '../support/browser.js';
import { codeRecording } from '../support/code-recording.js';
import { MemoryRecording } from '../support/memory-recording.js';
import { shopRecording } from '../support/shop-recording.js';

const shop = shopRecording(200);
let browser: Browser;
let uiDirectory: string;
let served: Served;
let page: Page;

beforeAll(async () => {
  uiDirectory = await buildUi();
  browser = await startBrowser();
  served = await serveRecording(shop.recording, { uiDirectory });
});
afterEach(async () => {
  await page.close();
  expect(browser.problems).toEqual([]);
});
afterAll(async () => {
  await served.close();
  await browser.close();
  rmSync(uiDirectory, { recursive: true, force: true });
});

const message = (seq: number) => page.locator(`[data-testid=sequence-message][data-seq="${String(seq)}"]`);

describe('the sequence of messages', () => {
  it('shows what the chosen process was told and by whom, and leads there', async () => {
    const each = shop.reservations[90]!;
    page = await browser.open(`${served.url}#p=${String(shop.stock)}&t=e${String(each.handle)}`);
    await page.keyboard.press('q');
    await message(each.send).waitFor();
    expect(await message(each.send).locator('.sequence-text').innerText()).toBe(`{:reserve, "${each.item}", 1}`);
    expect(await message(each.send).getAttribute('class')).not.toContain('is-later');
    const next = shop.reservations[91]!;
    expect(await message(next.send).getAttribute('class')).toContain('is-later');
    expect(await page.locator('.sequence-head.is-selected .link').innerText()).toBe('Shop.Stock');
    await artefact(page, 'messages.png');
    await message(next.send).click();
    await page
      .getByTestId('moment-seq')
      .getByText(`#${String(next.send)}`, { exact: true })
      .waitFor();
    expect(await page.getByTestId('process-name').innerText()).toBe('Shop.Stock');
  });

  it('stays with the processes that one keeps, also in the address', async () => {
    page = await browser.open(`${served.url}#p=${String(shop.stock)}&t=e${String(shop.reservations[50]!.handle)}&msg=`);
    await page.getByTestId('sequence-message').first().waitFor();
    await page.getByRole('button', { name: 'keep these' }).click();
    const heads = await page.locator('.sequence-head .link').allInnerTexts();
    await page.getByTestId('lane').filter({ hasText: 'Shop.Payments' }).first().click();
    await page.getByRole('button', { name: 'add Shop.Payments' }).click();
    await page.locator('.sequence-head.is-selected').waitFor();
    expect((await page.locator('.sequence-head .link').allInnerTexts()).length).toBe(heads.length + 1);
    await page.waitForFunction(
      (count) => new URLSearchParams(location.hash.slice(1)).get('msg')?.split(',').length === count,
      heads.length + 1,
    );
    const address = page.url();
    await page.close();
    page = await browser.open(address, { scheme: 'dark', width: 1920, height: 1080 });
    await page.getByTestId('sequence-message').first().waitFor();
    expect((await page.locator('.sequence-head .link').allInnerTexts()).length).toBe(heads.length + 1);
    await artefact(page, 'messages-dark.png');
  });

  it('takes text for text, and says where there is nothing', async () => {
    const code = codeRecording(6);
    const hostile = await serveRecording(code.recording, { uiDirectory });
    const empty = await serveRecording(new MemoryRecording(), { uiDirectory });
    try {
      page = await browser.open(`${hostile.url}#p=${String(code.depot)}&msg=`);
      await page.getByTestId('sequence').getByText('<img src=x onerror=alert(1)>').first().waitFor();
      expect(await page.getByTestId('sequence').locator('img').count()).toBe(0);
      await page.close();
      page = await browser.open(`${empty.url}#msg=`);
      await page.getByTestId('sequence-empty').waitFor();
    } finally {
      await hostile.close();
      await empty.close();
    }
  });
});
