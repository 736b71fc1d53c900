/** The browser view on ten million events: it shows something, holds little, says how far it is, and nothing breaks. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeMarks, openRecording, readMarks, type BulkRecording } from '../../src/recording/index.js';
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
  on.waitForFunction(
    () => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=canvas]');
      if (canvas === null || canvas.width < 100 || canvas.height < 100) return false;
      const { data } = canvas.getContext('2d')!.getImageData(0, 32, canvas.width, Math.min(300, canvas.height) - 32);
      return new Set(new Uint32Array(data.buffer)).size > 6;
    },
    undefined,
    // Not in every frame: reading a picture back holds up the one who draws it.
    { polling: 250 },
  );

/** What the page holds once garbage is collected, arrays included. */
async function heldMb(on: Page): Promise<number> {
  const session = await browser.context.newCDPSession(on);
  await session.send('HeapProfiler.collectGarbage');
  const usage = (await session.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
  await session.detach();
  return (usage.usedSize + (usage.backingStorageSize ?? 0)) / 1e6;
}

const at = (on: Page, seq: number) =>
  on
    .getByTestId('moment-seq')
    .getByText(`#${String(seq)}`, { exact: true })
    .waitFor();
const goTo = async (on: Page, seq: number): Promise<void> => {
  await on.getByTestId('moment').fill(`#${String(seq)}`);
  await on.keyboard.press('Enter');
  await at(on, seq);
};

/** Every process is known. */
const allKnown = (on: Page): Promise<unknown> =>
  on.waitForFunction(
    (total) => document.querySelector('.corner')?.textContent.includes(total),
    `${(recording.processes().length / 1_000).toFixed(1).replace(/\.0$/, '')}k`,
  );

describe('ten million events', () => {
  it('shows lanes with marks at every zoom, and none is blank for long', async () => {
    page = await browser.open(served.url);
    await marksDrawn(page);
    await allKnown(page);
    await artefact(page, 'scale-whole.png');
    const canvas = (await page.getByTestId('canvas').boundingBox())!;
    await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + 120);
    for (const name of ['part', 'calls', 'events']) {
      for (let i = 0; i < 2; i++) await page.mouse.wheel(0, -400);
      await marksDrawn(page);
      await artefact(page, `scale-${name}.png`);
    }
    for (let i = 0; i < 3; i++) await page.mouse.wheel(2_800, 0);
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

  it('asks SQL of all of them', async () => {
    page = await browser.open(`${served.url}#main=query`);
    const told = (text: string | RegExp) => page.getByTestId('query-told').filter({ hasText: text });
    const ask = async (text: string): Promise<void> => {
      await page.getByTestId('query-text').fill(text);
      await page.getByTestId('query-run').click();
    };
    await page.getByLabel('Most time').selectOption('300');
    await ask('select kind, count(*) as n from events group by kind order by n desc');
    await told(/^\d+ rows/).waitFor(PATIENCE);
    const kinds = Object.entries(recording.info().kinds).sort((a, b) => b[1] - a[1]);
    expect(await page.getByTestId('result-row').first().textContent()).toBe(kinds[0]!.map(String).join(''));
    await artefact(page, 'scale-sql.png');
  });

  it('shows the source of what ran a hundred thousand times, and prints an expression there afterwards', async () => {
    const last = [...recording.events({ kinds: ['line'], from: recording.momentOf(EVENTS - 2_000) })].at(-1)!;
    page = await browser.open(`${served.url}#p=${String(last.process)}&t=e${String(last.seq)}`);
    await page.keyboard.press('c');
    const row = (line: number) => page.locator(`[data-testid=source-row][data-line="${String(line)}"]`);
    await row(8)
      .getByText(/^[\d.]+k$/)
      .waitFor(PATIENCE);
    await artefact(page, 'scale-source.png');
    await page.locator('.source-body').focus();
    await page.keyboard.press('p');
    const print = async (expression: string): Promise<void> => {
      const input = page.locator('.print-row.is-chosen').getByTestId('print-input');
      await input.fill(expression);
      await input.press('Enter');
    };
    const foot = (text: string | RegExp) => page.getByTestId('prints-foot').getByText(text).waitFor(PATIENCE);
    await print('base + tax');
    await foot(/^(5,\d+) of the first \1 of [\d.]+k executions/);
    await artefact(page, 'scale-print.png');
    // True now and then: all executions are looked at for it.
    await print('amount == 900 and tax > 8000');
    await page.getByTestId('print-only').check();
    const times = recording.info().kinds.line! / 3;
    await foot(new RegExp(`^${String(Math.floor((times - 901) / 997) + 1)} of [\\d.]+k executions$`));
    await page.getByTestId('print-hit').first().click();
    await page.locator('[data-testid=variable][data-name=amount]').getByText('900').waitFor();
    await artefact(page, 'scale-print-condition.png');
    expect(await heldMb(page)).toBeLessThan(HEAP_MB);
  });

  it('finds a process and a value among them, marks the moment, and comes back to it', async () => {
    page = await browser.open(served.url);
    await allKnown(page);
    const options = page.getByTestId('omnibox').getByRole('option');
    const type = async (text: string): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByTestId('omnibox-input').fill(text);
    };
    await type('Shop.Stock');
    await options.filter({ hasText: 'Shop.Stock' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('process-name').getByText('Shop.Stock', { exact: true }).waitFor();
    // What is nowhere is looked for through all of it, as long as somebody waits.
    await type('nowhere to be found');
    await options.filter({ hasText: 'in all events' }).click();
    await page
      .getByTestId('omnibox-looked')
      .getByText(/none found so far: looked at [\d.,]+[kM]? of 10M events/)
      .waitFor();
    await artefact(page, 'scale-find.png');
    await page.keyboard.press('Escape');
    await type('sku-4711');
    await options.filter({ hasText: 'in all events' }).click();
    await options.filter({ hasText: 'sku-4711' }).first().waitFor(PATIENCE);
    await page.keyboard.press('Enter');
    await page.getByTestId('event-detail').getByText('sku-4711').first().waitFor();
    await goTo(page, EVENTS / 2);
    await page.keyboard.press('k');
    await page.getByTestId('mark-name').fill('half way');
    await page.keyboard.press('Enter');
    await page.getByTestId('flags').getByRole('button', { name: 'Bookmark half way' }).waitFor();
    await page.keyboard.press('Home');
    await at(page, 0);
    await page.keyboard.press('j');
    await at(page, EVENTS / 2);
    await page.keyboard.press('Shift+K');
    await page.getByTestId('mark-row').filter({ hasText: 'half way' }).waitFor();
    await artefact(page, 'scale-marks.png');
    expect(readMarks(recording.path)).toMatchObject([{ name: 'half way', seq: EVENTS / 2 }]);
    changeMarks(recording.path, () => []);
    await page.getByTestId('marks-empty').waitFor();
  });

  it('offers exceptions and the longest calls, as many as one can go through, and leads from one to the next', async () => {
    page = await browser.open(`${served.url}#t=e${String(EVENTS / 2)}`);
    const moments = page.getByTestId('moments');
    await moments.getByRole('heading', { name: 'Exceptions 1,000 and more' }).waitFor(PATIENCE);
    await moments.getByRole('button', { name: 'First exception' }).click();
    const [first, second] = recording.events({ kinds: ['exception'] }) as Iterable<{ seq: number }>;
    await at(page, first!.seq);
    await moments.getByRole('button', { name: 'Next exception' }).click();
    await at(page, second!.seq);
    await moments.getByRole('heading', { name: 'Longest calls' }).waitFor();
    await artefact(page, 'scale-moments.png');
  });

  it('charts the messages of two processes, and of one that seldom speaks, and nothing waits for it', async () => {
    const [sent] = [...recording.events({ kinds: ['send'], from: recording.momentOf(EVENTS / 2), to: recording.momentOf(EVENTS / 2 + 5_000) })].filter((each) => each.process !== each.peer); // prettier-ignore
    const { process, peer, seq } = sent!;
    page = await browser.open(`${served.url}#t=e${String(seq)}&msg=${String(process)},${String(peer)}`);
    await page.locator(`[data-testid=sequence-message][data-seq="${String(seq)}"]`).waitFor(PATIENCE);
    await artefact(page, 'scale-messages.png');
    await page.close();
    const seldom = recording.processes().length - 20;
    page = await browser.open(`${served.url}#p=${String(seldom)}&t=e${String(recording.end().seq)}&msg=`);
    await page.locator('[data-testid=sequence-message], [data-testid=sequence-empty]').first().waitFor(PATIENCE);
    await artefact(page, 'scale-messages-seldom.png');
    await page.keyboard.press('Home');
    await at(page, 0);
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
    const seq = EVENTS / 2;
    const { process } = recording.event(seq)!;
    page = await browser.open(`${served.url}#p=${String(process)}&t=e${String(seq)}`);
    await page.waitForSelector('[data-testid=breadcrumb][data-level=process]');
    await page.keyboard.press('PageUp');
    await page.waitForSelector('[data-testid=breadcrumb][data-level=system]');
    await at(page, seq);
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
      await at(page, next.seq);
      const before = recording.nextEvent(process, next, -1, { kinds: [...kinds] });
      await page.keyboard.press(',');
      await at(page, before?.seq ?? next.seq);
      await goTo(page, seq);
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
