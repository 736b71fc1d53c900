/** The README's two minutes, step by step, on what `make demo` records; whatever is asserted is what the screen shows. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { until } from '../support/elixirscope.js';
import { shopOfDemo } from '../support/made-once.js';

interface Shown {
  item: string;
  left: number;
}

describe('the two minutes of the README', () => {
  const browser = useBrowser();
  let recording: Recording;
  let page: Page;

  beforeAll(async () => {
    recording = openRecording(await shopOfDemo());
    const { url } = await browser.serve(recording);
    page = await browser.open(url, { width: 1440, height: 900 });
  });

  /** What stands under `free` in the state. */
  const free = (): Promise<Shown[]> =>
    page
      .getByTestId('state-tree')
      .locator('[role=treeitem][data-path^="free:/"]')
      .evaluateAll((nodes) =>
        nodes.map((node) => ({
          item: node.getAttribute('data-path')?.replace(/^free:\/"(.*)" =>$/, '$1') ?? '',
          left: Number(node.querySelector('.tree-value')?.textContent),
        })),
      );

  let negative: Shown | undefined;

  it('chooses Shop.Stock among the lanes', async () => {
    await page
      .getByTestId('lane')
      .filter({ hasText: /Shop\.Stock(?!\.)/ })
      .first()
      .click();
    await page.getByTestId('process-name').getByText('Shop.Stock', { exact: true }).waitFor();
    await page.getByTestId('state-tree').waitFor();
  });

  it('scrubs towards the first crash until a number is below zero', async () => {
    const canvas = await page.getByTestId('canvas').boundingBox();
    if (canvas === null) throw new Error('the timeline is not there');
    // Where the first red mark is on the screen, as an eye would see it.
    const crash = [...recording.crashes()].find(
      ({ process }) => recording.processes()[process - 1]?.name === 'Elixir.Shop.Purchasing',
    );
    expect(crash, 'the shop crashes under load').toBeDefined();
    const [from = 0, to = 1] = await page.evaluate(() =>
      (/w=(-?\d+)-(\d+)/.exec(location.hash) ?? []).slice(1).map(Number),
    );
    const mark = canvas.x + (canvas.width * ((crash?.ns ?? 0) - from)) / (to - from);
    const y = canvas.y + 12;
    await page.mouse.move(mark - 60, y);
    await page.mouse.down();
    for (let x = mark - 60; x < mark + 4 && negative === undefined; x += 2) {
      await page.mouse.move(x, y);
      await until('the state follows the playhead', () =>
        page.evaluate(() => {
          const panel = document.querySelector('[data-testid=process-panel]')?.getAttribute('data-moment');
          return document.querySelector('[data-testid=moment-seq]')?.textContent === `#${panel ?? ''}`;
        }),
      );
      negative = (await free()).find(({ left }) => left < 0);
    }
    await page.mouse.up();
    expect(negative?.left).toBeLessThan(0);
    await artefact(page, 'story-2-scrubbed.png');
  });

  it('clicks the number and sees who wrote it', async () => {
    const row = page.locator(`[data-testid=state-tree] [data-path=${JSON.stringify(`free:/"${negative?.item}" =>`)}]`);
    await row.locator('.tree-value').first().click();
    const origin = page.getByTestId('origin');
    const steps = origin.getByTestId('trail-step');
    await steps.nth(2).waitFor();
    expect(await steps.evaluateAll((all) => all.slice(0, 3).map((step) => step.getAttribute('data-what')))).toEqual([
      'state',
      'callback',
      'message',
    ]);
    const text = (await origin.innerText()).replaceAll(/\s+/g, ' ');
    expect(text).toContain(String(negative?.left));
    expect(text).toContain('handle_cast');
    expect(text).toMatch(new RegExp(`\\{:reserve, \\d+, %\\{.*"${negative?.item}" => \\d`));
    expect(text).toContain('Shop.Checkout.Worker');
    const [box, body] = [await origin.boundingBox(), await page.locator('.inspector-body').boundingBox()];
    expect(box?.y, 'the trail is in sight').toBeGreaterThanOrEqual(body?.y ?? NaN);
    expect((box?.y ?? NaN) + (box?.height ?? 0)).toBeLessThanOrEqual((body?.y ?? 0) + (body?.height ?? 0));
    await artefact(page, 'story-3-written-by.png');
  });

  it('follows it to the worker that sent it', async () => {
    const message = page.getByTestId('origin').locator('[data-testid=trail-step][data-what=message]').first();
    const seq = await message.getAttribute('data-seq');
    await message.locator('.trail-main').click();
    await page
      .getByTestId('process-name')
      .getByText(/^Shop\.Checkout\.Worker/)
      .waitFor();
    const sent = page.getByTestId('events').locator(`.event-row[data-seq="${seq ?? ''}"]`);
    await sent.waitFor();
    expect(await sent.innerText()).toMatch(/send[\s\S]*Shop\.Stock[\s\S]*:reserve/);
    await artefact(page, 'story-4-sender.png');
  });
});
