/** The browser view on ten million events of ten thousand processes: it shows something, holds little, and nothing breaks. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { serveRecording, type Served } from '../../src/server/index.js';
import { artefact, startBrowser, type Browser } from '../support/browser.js';
import { builtUi, syntheticRecording } from '../support/made-once.js';

const EVENTS = 10_000_000;
const PROCESSES = 10_000;
const HEAP_MB = 300;

let browser: Browser;
let recording: Recording;
let served: Served;
let page: Page;

beforeAll(async () => {
  recording = openRecording(await syntheticRecording(EVENTS, PROCESSES));
  served = await serveRecording(recording, { uiDirectory: await builtUi() });
  browser = await startBrowser();
});
afterEach(async () => {
  await page.close();
  expect(browser.problems).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  await served.close();
  recording.close();
});

/** Until marks are drawn in the lanes: more colours than background, stripes, lives and lines of time have. */
const marksDrawn = (on: Page): Promise<unknown> =>
  on.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.canvas-base');
    if (canvas === null || canvas.width < 100 || canvas.height < 100) return false;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, Math.min(300, canvas.height));
    return new Set(new Uint32Array(data.buffer)).size > 6;
  });

/** What the page holds once garbage is collected, arrays included. */
async function heldMb(on: Page): Promise<number> {
  const session = await browser.context.newCDPSession(on);
  await session.send('HeapProfiler.collectGarbage');
  const usage = (await session.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
  await session.detach();
  return (usage.usedSize + (usage.backingStorageSize ?? 0)) / 1e6;
}

/** Every process is known. */
const allKnown = (on: Page): Promise<unknown> =>
  on.waitForFunction(
    (total) => document.querySelector('.corner')?.textContent.includes(total),
    `${(recording.processes().length / 1_000).toFixed(1).replace(/\.0$/, '')}k`,
  );

describe('ten million events', () => {
  it('shows lanes with marks at every zoom, and none is blank for long', async () => {
    page = await browser.open(served.url, { width: 1920, height: 1080 });
    await marksDrawn(page);
    await allKnown(page);
    await artefact(page, 'scale-whole.png');
    const canvas = (await page.getByTestId('canvas').boundingBox())!;
    await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + 120);
    for (const name of ['part', 'calls', 'events']) {
      for (let i = 0; i < 5; i++) await page.mouse.wheel(0, -160);
      await marksDrawn(page);
      await artefact(page, `scale-${name}.png`);
    }
    for (let i = 0; i < 12; i++) await page.mouse.wheel(700, 0);
    await page.keyboard.press('f');
    await marksDrawn(page);
    await page.locator('.scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await page.waitForFunction(
      (last) => [...document.querySelectorAll('[data-testid=lane]')].some((each) => Number((each as HTMLElement).dataset['process']) > last), // prettier-ignore
      PROCESSES / 2,
    );
    expect(await heldMb(page)).toBeLessThan(HEAP_MB);
  });

  it('tells of the busiest process at any event, and at the last', async () => {
    const [busiest] = [...countsOf(recording)].sort((a, b) => b[1] - a[1])[0]!;
    const [own] = recording.events(
      { processes: [busiest], from: recording.momentOf(EVENTS / 2) },
    ) as Iterable<{ seq: number }>; // prettier-ignore
    page = await browser.open(`${served.url}#p=${String(busiest)}&t=e${String(own!.seq)}`);
    await page.waitForSelector(`[data-testid=process-panel][data-moment="${String(own!.seq)}"]`);
    expect(await page.locator(`.event-row[data-seq="${String(own!.seq)}"]`).count()).toBe(1);
    await page.keyboard.press('.');
    const next = recording.nextEvent(busiest, recording.momentOf(own!.seq), 1)!;
    await page.waitForSelector(`[data-testid=process-panel][data-moment="${String(next.seq)}"]`);
    await page.keyboard.press('End');
    const end = recording.end().seq;
    await page.waitForSelector(`[data-testid=process-panel][data-moment="${String(end)}"]`);
    await page.waitForSelector(`[data-testid=events][data-moment="${String(end)}"]`);
    await marksDrawn(page);
    await artefact(page, 'scale-last-event.png');
    expect(await heldMb(page)).toBeLessThan(HEAP_MB);
  });

  it('shows them as a constellation', async () => {
    page = await browser.open(`${served.url}#main=system`, { width: 1920, height: 1080 });
    await page.waitForFunction(
      (least) => Number(document.querySelector<HTMLElement>('[data-testid=constellation]')?.dataset['alive']) > least,
      PROCESSES / 2,
    );
    await artefact(page, 'scale-constellation.png');
    expect(await heldMb(page)).toBeLessThan(HEAP_MB);
  });
});

/** Events of each process in a thousand of the middle. */
function countsOf(of: Recording): Map<number, number> {
  const counts = new Map<number, number>();
  const from = of.momentOf(EVENTS / 2);
  const to = of.momentOf(EVENTS / 2 + 1_000);
  for (const { process } of of.events({ from, to })) counts.set(process, (counts.get(process) ?? 0) + 1);
  return counts;
}
