/** Messages between processes as a sequence, in a real browser. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { codeRecording } from '../support/code-recording.js';
import { MemoryRecording } from '../support/memory-recording.js';
import { shopRecording } from '../support/shop-recording.js';

const shop = shopRecording(200);
const browser = useBrowser();
let served: Served;
let page: Page;

beforeAll(async () => {
  served = await browser.serve(shop.recording);
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

  it('lets one choose who takes part, and in which order, with the keyboard', async () => {
    const shown = async (): Promise<string[]> =>
      page
        .getByTestId('sequence-head')
        .evaluateAll((all) => all.map((each) => each.getAttribute('data-process') ?? ''));
    const workers = shop.recording.infos
      .filter((each) => each.fn === shop.recording.infos[shop.stock + 3]!.fn)
      .slice(0, 2);
    const first = [shop.stock, ...workers.map((each) => each.id)];
    page = await browser.open(`${served.url}#t=e${String(shop.reservations[50]!.handle)}&msg=${first.join(',')}`);
    await page.getByTestId('sequence-head').nth(2).waitFor();
    await page.getByTestId('sequence-head').first().locator('.link').focus();
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForFunction(
      (to) => location.hash.includes(encodeURIComponent(to)),
      `${String(first[1])},${String(first[0])}`,
    );
    expect(await shown()).toEqual([first[1], first[0], first[2]].map(String));
    await page.getByTestId('sequence-head').nth(2).locator('.link').focus();
    await page.keyboard.press('Delete');
    await page.getByTestId('sequence-head').nth(2).waitFor({ state: 'detached' });
    await page.getByTestId('sequence-add').fill('shop.cache');
    await page.getByRole('option', { name: 'Shop.Cache' }).waitFor();
    await page.getByTestId('sequence-add').press('Enter');
    await page.getByTestId('sequence-head').nth(2).waitFor();
    const cache = shop.recording.infos.find((each) => each.name === 'Elixir.Shop.Cache')!.id;
    expect(await shown()).toEqual([first[1], first[0], cache].map(String));
  });

  it('unfolds a value in place, and puts messages where their time is', async () => {
    const each = shop.reservations[90]!;
    const at = `t=e${String(each.handle)}&w=${String(each.ns - 4_000_000)}-${String(each.ns + 4_000_000)}`;
    page = await browser.open(`${served.url}#p=${String(shop.stock)}&${at}&msg=`);
    await message(each.send).waitFor();
    await message(each.send).locator('xpath=following-sibling::button[1]').click();
    await page.getByTestId('sequence-payload').getByText(':reserve').first().waitFor();
    await page.keyboard.press('Q');
    const timed = () => page.locator(`[data-testid=sequence-timed][data-seq="${String(each.send)}"]`);
    await timed().waitFor();
    await artefact(page, 'messages-by-time.png');
    const messages = await page.getByTestId('sequence-timed').count();
    // Zooming the sequence zooms the window, and so all that is linked with it.
    await page.keyboard.press('w');
    await page.keyboard.press('w');
    await page.waitForFunction(
      (before) => document.querySelectorAll('[data-testid=sequence-timed]').length < before,
      messages,
    );
    await page.waitForFunction(() => location.hash.includes('scale=time'));
    const address = page.url();
    await page.close();
    page = await browser.open(address, { scheme: 'dark', width: 1920, height: 1080 });
    await timed().waitFor();
    await timed().focus();
    await page.keyboard.press('Enter');
    await page
      .getByTestId('moment-seq')
      .getByText(`#${String(each.send)}`, { exact: true })
      .waitFor();
  });

  it('has room for thirty that take part, and for names however long', async () => {
    const recording = new MemoryRecording();
    const name = (i: number): string => `Elixir.${'Very.'.repeat(30)}Long.Name.Of.Process${String(i)}`;
    const ids = Array.from(
      { length: 30 },
      (_, i) =>
      recording.addProcess({ number: 100 + i, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name: name(i), label: undefined }), // prettier-ignore
    );
    for (let i = 0; i < 3_000; i++) {
      const [from, to] = [ids[i % 30]!, ids[(i * 7 + 1) % 30]!];
      const send = recording.add('send', i * 1_000, from, { peer: to, terms: [] });
      recording.add('arrive', i * 1_000 + 400, to, { peer: from, cause: send, terms: [] });
    }
    const crowd = await browser.serve(recording);
    page = await browser.open(`${crowd.url}#t=e3000&msg=${ids.join(',')}`);
    await page.getByTestId('sequence-message').nth(100).waitFor();
    expect(await page.getByTestId('sequence-head').count()).toBe(30);
    const rows = await page.getByTestId('sequence-message').count();
    await page.getByRole('button', { name: 'more earlier messages' }).click();
    await page.waitForFunction(
      (before) => document.querySelectorAll('[data-testid=sequence-message]').length > before,
      rows,
    );
    await artefact(page, 'messages-crowd.png');
    await page.getByTestId('sequence-by-time').click();
    await page.getByTestId('sequence-short').waitFor();
    await artefact(page, 'messages-crowd-by-time.png');
  });

  it('takes text for text, and says where there is nothing', async () => {
    const code = codeRecording(6);
    const hostile = await browser.serve(code.recording);
    const empty = await browser.serve(new MemoryRecording());
    page = await browser.open(`${hostile.url}#p=${String(code.depot)}&msg=`);
    await page.getByTestId('sequence').getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(await page.getByTestId('sequence').locator('img').count()).toBe(0);
    await page.close();
    page = await browser.open(`${empty.url}#msg=`);
    await page.getByTestId('sequence-empty').waitFor();
  });
});
