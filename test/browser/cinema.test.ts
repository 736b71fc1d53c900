/** The browser view in a real browser, on recordings that are known event by event. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { atom, binary, map } from '../../src/term/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { syntheticRecording } from '../support/made-once.js';
import { MemoryRecording } from '../support/memory-recording.js';
import { shopRecording } from '../support/shop-recording.js';

const shop = shopRecording(300);
const browser = useBrowser();
let served: Served;
let page: Page;

beforeAll(async () => {
  served = await browser.serve(shop.recording);
});

const value = (on: Page, path: string): Promise<string> =>
  on.locator(`[data-testid=state-tree] [data-path=${JSON.stringify(path)}] > .tree-row .tree-value`).innerText();
const goTo = async (on: Page, moment: string): Promise<void> => {
  await on.getByTestId('moment').fill(moment);
  await on.getByTestId('moment').press('Enter');
};
const panelAt = (on: Page, seq: number): Promise<unknown> =>
  on.waitForSelector(`[data-testid=process-panel][data-moment="${String(seq)}"]`);
const lane = (on: Page, name: string) => on.getByTestId('lane').filter({ hasText: name }).first();

describe('the browser view', () => {
  it('shows a lane for each process of the program, under its supervisor, and folds', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').waitFor();
    const names = await page.getByTestId('lane').locator('.label-name').allInnerTexts();
    expect(names.slice(0, 6)).toEqual([
      'Shop.Supervisor',
      'Shop.Stock',
      'Shop.Payments',
      'Shop.Cache',
      'Shop.Pool',
      'Shop.Worker',
    ]);
    await page.getByRole('button', { name: 'Fold Shop.Pool' }).click();
    expect(await page.getByTestId('lane').locator('.label-name').allInnerTexts()).not.toContain('Shop.Worker');
    await artefact(page, 'cinema-whole.png');
  });

  it('shows the state at any moment that is typed, what changed it, and from whom', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').click();
    for (const each of [shop.reservations[40]!, shop.reservations[250]!, shop.reservations[3]!]) {
      await goTo(page, `#${String(each.state)}`);
      await panelAt(page, each.state);
      expect(await value(page, `items:/"${each.item}" =>/left:`)).toBe(String(each.left));
      expect(await page.getByTestId('cause-message').innerText()).toBe(`{:reserve, "${each.item}", 1}`);
    }
    await artefact(page, 'cinema-state.png');
  });

  it('leads from a value to the message that gave it', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').click();
    const last = shop.reservations.findLast((each) => each.item === 'cap')!;
    const end = shop.recording.end();
    await goTo(page, 'end');
    await panelAt(page, end.seq);
    await page.locator(`[data-path='items:/"cap" =>'] > .tree-row .fold`).click();
    await page.locator(`[data-path='items:/"cap" =>/left:'] .tree-value`).click();
    const origin = page.getByTestId('origin');
    const message = origin.locator('[data-testid=trail-step][data-what=message]').first();
    await message.waitFor();
    await artefact(page, 'cinema-who-set-this.png');
    await message.locator('.trail-main').click();
    await page
      .getByTestId('moment-seq')
      .getByText(`#${String(last.send)}`, { exact: true })
      .waitFor();
  });

  it('drags the moment along the ruler, and the state follows', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').click();
    const box = (await page.getByTestId('canvas').boundingBox())!;
    const served0 = async (): Promise<number> => Number(await value(page, 'served:'));
    await page.mouse.move(box.x + box.width * 0.3, box.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 8, { steps: 8 });
    await page.mouse.up();
    const ns = Number(await page.getByTestId('moment').getAttribute('data-ns'));
    const then = shop.recording.momentAt(ns);
    await panelAt(page, then.seq);
    expect(await served0()).toBe(shop.reservations.filter((each) => each.state <= then.seq).length);
  });

  it('steps through events and changes with the keyboard', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').click();
    const from = shop.reservations[100]!;
    const next = shop.reservations[101]!;
    await goTo(page, `#${String(from.state)}`);
    await panelAt(page, from.state);
    await page.keyboard.press(']');
    await panelAt(page, next.state);
    await page.keyboard.press('[');
    await panelAt(page, from.state);
    const following = shop.recording.nextEvent(shop.stock, shop.recording.momentOf(from.state), 1)!;
    await page.keyboard.press('.');
    await panelAt(page, following.seq);
    await page.keyboard.press(',');
    await panelAt(page, from.state);
  });

  it('marks secrets and cuts, takes text for text, and finds a process by its pid', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').click();
    const tree = page.getByTestId('state-tree').first();
    await tree.getByText('redacted').waitFor();
    expect(await tree.locator('b').count()).toBe(0);
    expect(await value(page, 'notes:')).toContain('<b>not bold</b>');
    expect(await tree.locator('[data-path="notes:"] .lost').innerText()).toBe('cut');
    await goTo(page, `#${String(shop.crash)}`);
    await page.getByTestId('filter').fill('149.0');
    await page.getByTestId('lane').filter({ hasText: 'Shop.Worker' }).first().waitFor();
  });

  it('keeps everything in the address', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').click();
    const each = shop.reservations[77]!;
    await goTo(page, `#${String(each.state)}`);
    await panelAt(page, each.state);
    await page.keyboard.press('w');
    await page.waitForFunction((seq) => location.hash.includes(`t=e${String(seq)}`), each.state);
    const address = page.url();
    await page.close();
    page = await browser.open(address, { scheme: 'dark' });
    await panelAt(page, each.state);
    expect(await page.getByTestId('process-name').innerText()).toBe('Shop.Stock');
    expect(await value(page, `items:/"${each.item}" =>/left:`)).toBe(String(each.left));
    await artefact(page, 'cinema-dark.png');
  });

  it('says what is wrong with a moment', async () => {
    page = await browser.open(served.url);
    await goTo(page, 'yesterday');
    await page.getByRole('status').getByText('not a moment').waitFor();
  });

  it('says that nothing was recorded', async () => {
    const empty = await browser.serve(new MemoryRecording());
    page = await browser.open(empty.url);
    await page.getByTestId('no-lanes').waitFor();
    await artefact(page, 'cinema-empty.png');
  });

  it('goes back, and forward again, right after a step', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').click();
    const { state } = shop.reservations[40]!;
    await goTo(page, `#${String(state)}`);
    await panelAt(page, state);
    const address = (seq: number) =>
      page.waitForFunction((t) => new URLSearchParams(location.hash.slice(1)).get('t') === t, `e${String(seq)}`);
    await address(state);
    // Before the address has had the time to follow.
    const gone = await page.evaluate(() => {
      const row = document.querySelector<HTMLElement>('.event-row')!;
      row.click();
      history.back();
      return Number(row.dataset['seq']);
    });
    expect(gone).not.toBe(state);
    await address(state);
    await panelAt(page, state);
    await page.goForward();
    await panelAt(page, gone);
    await address(gone);
  });

  it('follows a live recording until the moment is moved', async () => {
    const growing = shopRecording(20);
    growing.recording.live = true;
    const live = await browser.serve(growing.recording);
    page = await browser.open(live.url);
    const grow = (): Promise<unknown> => {
      const end = growing.recording.end();
      growing.recording.pending.push(() => {
        growing.recording.add('register', end.ns + 50_000_000, growing.stock, { terms: [atom('again')] });
      });
      return page.waitForFunction(
        (before) => Number(document.querySelector('[data-testid=moment]')?.getAttribute('data-ns')) > before,
        end.ns,
      );
    };
    await grow();
    await grow();
    expect(await page.getByTestId('moment').getAttribute('data-ns')).toBe(String(growing.recording.end().ns));
    await goTo(page, 'start');
    await page.getByTestId('live').getByText('go live').waitFor();
    await page.getByTestId('live').click();
    await grow();
  });

  it('offers what a live recording gains while one looks at the list', async () => {
    const growing = shopRecording(20);
    growing.recording.live = true;
    const live = await browser.serve(growing.recording);
    page = await browser.open(live.url);
    const list = page.getByTestId('moments');
    await list.getByText('Longest calls').waitFor();
    const failure = (message: string): void => {
      growing.recording.pending.push(() => {
        const { ns } = growing.recording.end();
        const said = map([
          [atom('level'), atom('error')],
          [atom('message'), binary(message)],
        ]);
        growing.recording.add('log', ns + 1_000_000, growing.stock, { terms: [said] });
      });
    };
    failure('the till is stuck');
    await list.getByText('the till is stuck').waitFor();
    failure('the till is on fire');
    await list.getByText('the till is on fire').waitFor();
    expect(await list.getByText('the till is stuck').count()).toBe(1);
  });

  it('follows one in which nothing has happened yet', async () => {
    const nothing = new MemoryRecording();
    nothing.live = true;
    const live = await browser.serve(nothing);
    page = await browser.open(live.url);
    await page.getByTestId('no-lanes').waitFor();
    await page.getByTestId('live').getByText('live', { exact: true }).waitFor();
    await artefact(page, 'cinema-live-empty.png');
  });

  it('shows a real recording of a thousand processes and half a million events', async () => {
    const recording = openRecording(await syntheticRecording(500_000, 1_000));
    const big = await browser.serve(recording);
    page = await browser.open(big.url, { width: 1920, height: 1080, scheme: 'dark' });
    await page.getByTestId('lane').nth(20).waitFor();
    const canvas = (await page.getByTestId('canvas').boundingBox())!;
    await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + 300);
    for (let i = 0; i < 30; i++) await page.mouse.wheel(0, -120);
    await page.getByTestId('lane').first().click();
    await page.waitForSelector('[data-testid=process-panel][data-moment]');
    // Something other than the background is drawn.
    const colours = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=canvas]')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 32, canvas.width, canvas.height - 32);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    expect(colours).toBeGreaterThan(6);
    await artefact(page, 'cinema-big.png');
  });
});
