/** The browser view on ten million events: it shows something, holds little, and nothing breaks. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type BulkRecording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { syntheticRecording } from '../support/made-once.js';

const EVENTS = 10_000_000;
const PROCESSES = 10_000;
const HEAP_MB = 300;
/** For what looks through all of it on a machine that is busy. */
const PATIENCE = { timeout: 120_000 };

const browser = useBrowser();
let recording: BulkRecording;
let served: Served;
let page: Page;

beforeAll(async () => {
  const path = await syntheticRecording(EVENTS, PROCESSES);
  recording = openRecording(path);
  served = await browser.serve(recording, { other: openRecording(path) });
});

/** Until marks are drawn in the lanes: more colours than background, stripes, lives and lines of time have. */
const marksDrawn = (on: Page): Promise<unknown> =>
  on.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=canvas]');
    if (canvas === null || canvas.width < 100 || canvas.height < 100) return false;
    const { data } = canvas.getContext('2d')!.getImageData(0, 32, canvas.width, Math.min(300, canvas.height) - 32);
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

  it('compares two processes of them, and all with all of a second recording, as far as it has come', async () => {
    const [one, other] = [...countsOf(recording)].sort((a, b) => b[1] - a[1]).map(([process]) => process);
    page = await browser.open(`${served.url}#main=compare&cmp=0.${String(one)}.0-0.${String(other)}.0-0`, {
      width: 1440,
      height: 900,
    });
    const rows = page.getByTestId('compare-row');
    await rows.first().waitFor(PATIENCE);
    await page
      .getByTestId('compare-pairs-status')
      .getByText(/of [\d.,]+k? processes compared, .* events/)
      .waitFor(PATIENCE);
    await page.getByTestId('next-difference').click();
    await page.locator('[data-testid=compare-row][aria-selected=true]').waitFor();
    await artefact(page, 'scale-compare.png');
    expect(await rows.count()).toBeLessThan(120);
  });

  it('goes in from all to one process and out again, and steps both ways', async () => {
    const seq = 5_000_000;
    const { process } = recording.event(seq)!;
    page = await browser.open(`${served.url}#p=${String(process)}&t=e${String(seq)}`);
    const at = (to: number) =>
      page
        .getByTestId('moment-seq')
        .getByText(`#${String(to)}`, { exact: true })
        .waitFor();
    await page.waitForSelector('[data-testid=breadcrumb][data-level=process]');
    await page.keyboard.press('PageUp');
    await page.waitForSelector('[data-testid=breadcrumb][data-level=system]');
    await at(seq);
    await artefact(page, 'scale-levels.png');
    await page.keyboard.press('PageDown');
    await page.waitForSelector('[data-testid=breadcrumb][data-level=process]');
    const own = recording.momentOf(seq);
    for (const [unit, kinds] of [
      ['message', ['send', 'arrive']],
      ['callback', ['handle']],
      ['change', ['state']],
    ] as const) {
      await page.getByTestId('unit').selectOption(unit);
      const next = recording.nextEvent(process, own, 1, { kinds: [...kinds] });
      if (next === undefined) continue;
      await page.keyboard.press('.');
      await at(next.seq);
      const before = recording.nextEvent(process, next, -1, { kinds: [...kinds] });
      await page.keyboard.press(',');
      await at(before?.seq ?? next.seq);
      await page.getByTestId('moment').fill(`#${String(seq)}`);
      await page.keyboard.press('Enter');
      await at(seq);
    }
    await page.getByTestId('speed').selectOption('0.001');
    await page.keyboard.press(' ');
    await page
      .getByTestId('moment-seq')
      .getByText(`#${String(seq)}`, { exact: true })
      .waitFor({ state: 'detached' });
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Play' }).waitFor();
  });
});

/** Events of each process in a thousand of the middle. */
function countsOf(of: BulkRecording): Map<number, number> {
  const counts = new Map<number, number>();
  const from = of.momentOf(EVENTS / 2);
  const to = of.momentOf(EVENTS / 2 + 1_000);
  for (const { process } of of.events({ from, to })) counts.set(process, (counts.get(process) ?? 0) + 1);
  return counts;
}
