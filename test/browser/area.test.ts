/** An area of the timeline and its totals, in a real browser, on the recorded shop and on a large recording. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRecording,
  everyCall,
  kindCode,
  openRecording,
  type BulkRecording,
  type CallSpan,
  type RecordingWriter,
} from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { AtomList, atom, encodeTerms, int, tuple } from '../../src/term/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { shopByLines, syntheticRecording } from '../support/made-once.js';

const EVENTS = 10_000_000;
const PROCESSES = 10_000;

const browser = useBrowser();
const directory = mkdtempSync(join(tmpdir(), 'elixirscope-area-'));
let shop: BulkRecording;
let served: Served;
let page: Page;

beforeAll(async () => {
  shop = openRecording(await shopByLines());
  served = await browser.serve(shop);
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const done = (on: Page, part = 'functions') =>
  on.waitForSelector(`[data-testid=area][data-done=true][data-part=${part}]`, { timeout: 300_000 });

const areaInAddress = async (on: Page): Promise<{ fromNs: number; toNs: number; whose: string | undefined }> => {
  await on.waitForFunction(() => location.hash.includes('area='));
  const text = new URLSearchParams(new URL(on.url()).hash.slice(1)).get('area') ?? '';
  const [, from, to, whose] = /^(\d+)-(\d+)(?::(.*))?$/.exec(text) ?? [];
  return { fromNs: Number(from), toNs: Number(to), whose };
};

/** What a table shows: each row's cells. */
const table = (on: Page, part: string): Promise<string[][]> =>
  on
    .getByTestId(`area-table-${part}`)
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('td')].map((cell) => cell.innerText.replace(/\s+source$|\s+flame$/, '')),
      ),
    );

/** Calls and callbacks begun in a part of time, by their whole names; a callback and its own call are one. */
function callsBegunIn(
  recording: BulkRecording,
  { fromNs, toNs }: { fromNs: number; toNs: number },
): Map<string, number> {
  const spans = new Map<number, CallSpan>();
  for (const span of everyCall(recording)) spans.set(span.seq, span);
  const counts = new Map<string, number>();
  for (const { callback, fn, parent, startNs } of spans.values()) {
    const around = spans.get(parent);
    if (startNs < fromNs || startNs > toNs || (!callback && around?.callback === true && around.fn === fn)) continue;
    const { module, name, arity } = recording.function(fn)!;
    const text = `${module.startsWith('Elixir.') ? module.slice(7) : `:${module}`}.${name}/${String(arity)}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

const callsOf = (row: readonly string[]): number => Number(/^[\d,]+/.exec(row[4] ?? '')?.[0].replaceAll(',', ''));

const drag = async (on: Page, from: [number, number], to: [number, number], shift = true): Promise<void> => {
  const box = (await on.getByTestId('canvas').boundingBox())!;
  if (shift) await on.keyboard.down('Shift');
  await on.mouse.move(box.x + box.width * from[0], box.y + from[1]);
  await on.mouse.down();
  await on.mouse.move(box.x + box.width * to[0], box.y + to[1], { steps: 6 });
  await on.mouse.up();
  if (shift) await on.keyboard.up('Shift');
};

describe('an area of the timeline', () => {
  it('is selected with shift and drag, and shows where its time went', async () => {
    page = await browser.open(served.url);
    await page.getByTestId('lane').filter({ hasText: 'Shop.Stock' }).first().waitFor();
    await drag(page, [0.4, 10], [0.8, 60]);
    await done(page);
    await page.waitForFunction(() => location.hash.includes('area='));
    const area = await areaInAddress(page);
    expect(area.whose).toBeUndefined();
    const rows = await table(page, 'functions');
    const names = await page
      .getByTestId('area-function')
      .evaluateAll((all) => all.map((each) => each.getAttribute('title')?.split('\n')[0] ?? ''));
    const begun = callsBegunIn(shop, area);
    expect(rows.length).toBeGreaterThan(5);
    for (const [i, row] of rows.entries())
      expect([names[i], callsOf(row)]).toEqual([names[i], begun.get(names[i]!) ?? 0]);
    await artefact(page, 'area-functions.png');
    // Another order is another question.
    await page.getByTestId('area-table-functions').getByRole('button', { name: 'Calls' }).click();
    await page.locator('th[aria-sort=descending]').getByText('Calls').waitFor();
    await done(page);
    // The rows in the old order stay until those in the new one come.
    await expect
      .poll(async () => {
        const byCalls = (await table(page!, 'functions')).map(callsOf);
        return byCalls.every((each, i) => i === 0 || each <= byCalls[i - 1]!);
      })
      .toBe(true);
    // The longest call of the first one.
    await page.getByTestId('area-function').first().click();
    await page.getByTestId('process-panel').waitFor();
    await page
      .getByTestId('event-detail')
      .getByText(/call|callback/)
      .first()
      .waitFor();
  });

  it('is of the lanes one drags over, and its edges move', async () => {
    page = await browser.open(served.url);
    await page.getByTestId('lane').filter({ hasText: 'Shop.Stock' }).first().waitFor();
    await drag(page, [0.5, 80], [0.7, 100]);
    await done(page);
    const first = await areaInAddress(page);
    expect(first.whose).toMatch(/^[\d,~]+$/);
    await page.getByTestId('area-whose').waitFor();
    await drag(page, [0.7, 60], [0.9, 60], false);
    await page.waitForFunction((before) => !location.hash.includes(String(before)), first.toNs);
    const second = await areaInAddress(page);
    expect(second.fromNs).toBe(first.fromNs);
    expect(second.toNs).toBeGreaterThan(first.toNs);
    expect(second.whose).toBe(first.whose);
    await done(page);
    await page.getByTestId('area-close').click();
    await page.getByTestId('area').waitFor({ state: 'detached' });
  });

  it('can be made, moved and read with the keyboard alone, and comes back from its address', async () => {
    page = await browser.open(served.url);
    await page.getByTestId('lane').first().waitFor();
    await page.keyboard.press('v');
    await done(page);
    const whole = await areaInAddress(page);
    expect(whole).toEqual({ fromNs: 0, toNs: shop.end().ns, whose: undefined });
    await page.keyboard.press('Shift+ArrowLeft');
    await page.waitForFunction((before) => !location.hash.includes(`-${String(before)}`), whole.toNs);
    await page.getByTestId('area-functions').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await done(page, 'flame');
    const frame = () => page.getByTestId('flame-frame').first();
    await frame().focus();
    await page.keyboard.press('ArrowDown');
    const name = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    expect(name).toMatch(/: .* in all \(.*\), .* of its own/);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /tot=flame\.\.\.\d+/.test(location.hash));
    await done(page, 'flame');
    expect(await frame().getAttribute('aria-label')).toContain(name.split(':')[0]);
    const address = page.url();
    await page.close();
    page = await browser.open(address, { scheme: 'dark', width: 1920, height: 1080 });
    await done(page, 'flame');
    expect(await frame().getAttribute('aria-label')).toContain(name.split(':')[0]);
    await frame().focus();
    await page.keyboard.press('Backspace');
    await page.getByTestId('flame').getByText('all', { exact: true }).first().waitFor();
    await page.getByRole('searchbox', { name: 'Highlight functions' }).fill('shop');
    await page.locator('.flame-frame.is-match').first().waitFor();
    await page
      .getByTestId('flame-found')
      .getByText(/takes \d+\.\d %/)
      .waitFor();
    await artefact(page, 'area-flame-dark.png');
    await page.getByTestId('area-close').focus();
    await page.keyboard.press('V');
    await page.getByTestId('area').waitFor({ state: 'detached' });
  });

  it('counts messages by pair, and leads to their sequence and back', async () => {
    page = await browser.open(`${served.url}#area=0-${String(shop.end().ns)}&tot=messages`);
    await done(page, 'messages');
    const counts = (await table(page, 'messages')).map((row) => Number(row[2]?.replaceAll(',', '')));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    await artefact(page, 'area-messages.png');
    const pair = page
      .getByTestId('area-table-messages')
      .locator('tbody tr', { has: page.locator('[data-testid=area-pair]:enabled') });
    const names = (await pair.first().locator('td').allInnerTexts()).slice(0, 2);
    await pair.first().getByTestId('area-pair').click();
    await page.getByTestId('sequence-message').first().waitFor();
    const heads = await page.getByTestId('sequence-head').locator('.link').allInnerTexts();
    expect(heads.map((head) => head.replaceAll('\n', '')).sort()).toEqual([...new Set(names)].sort());
    await page.getByTestId('back-to-totals').click();
    await done(page, 'messages');
  });
});

describe('an area of ten million events', () => {
  let large: BulkRecording;
  let servedLarge: Served;
  beforeAll(async () => {
    large = openRecording(await syntheticRecording(EVENTS, PROCESSES));
    servedLarge = await browser.serve(large);
  });

  /** How many events the line of facts says: three digits of it. */
  const events = async (on: Page): Promise<number> => {
    const [, number, unit] = /^([\d.,]+)([kM]?) event/.exec(await on.locator('.area-facts').innerText()) ?? [];
    return Number(number?.replaceAll(',', '')) * (unit === 'M' ? 1e6 : unit === 'k' ? 1e3 : 1);
  };

  it('shows totals so far while it is looked through, and then all of them', async () => {
    const { ns } = large.end();
    page = await browser.open(`${servedLarge.url}#area=0-${String(ns)}`, { width: 1920, height: 1080 });
    await page
      .getByTestId('area-progress')
      .getByText(/\d+ % looked at: totals so far/)
      .waitFor();
    await artefact(page, 'area-so-far.png');
    await done(page);
    expect(await events(page)).toBe(EVENTS);
    expect(await page.getByTestId('area-progress').count()).toBe(0);
    expect((await table(page, 'functions')).length).toBeGreaterThan(50);
    await artefact(page, 'area-large.png');
    for (const part of ['messages', 'flame', 'processes', 'errors']) {
      await page.getByTestId(`area-${part}`).click();
      await done(page, part);
      await artefact(page, `area-large-${part}.png`);
    }
  }, 400_000);

  it('of the middle of it knows what was under way, small and dark', async () => {
    const [from, to] = [0.4, 0.5].map((share) => large.momentAt(Math.round(large.end().ns * share)));
    const area = `area=${String(from!.ns + 1)}-${String(to!.ns)}`;
    page = await browser.open(`${servedLarge.url}#${area}`, { scheme: 'dark' });
    await done(page);
    expect(Math.abs((await events(page)) / (to!.seq - from!.seq) - 1)).toBeLessThan(0.01);
    await artefact(page, 'area-middle-dark.png');
    // Who moves its end goes on from there.
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForFunction((before) => !location.hash.includes(before), area);
    await done(page);
  }, 400_000);

  it('says where there is nothing', async () => {
    // One process in the last nanosecond.
    const { ns } = large.end();
    const dead = large.processes().find((each) => each.exitSeq > 0)!;
    page = await browser.open(`${servedLarge.url}#area=${String(ns - 1)}-${String(ns)}:${String(dead.id)}`);
    await page.getByTestId('area-empty').waitFor();
    await artefact(page, 'area-empty.png');
  });
});

/** Two processes that write to each other, one callback a millisecond. */
class Small {
  readonly #atoms = new AtomList();
  #ns = 0;
  #defined = 0;

  constructor(private readonly writer: RecordingWriter) {
    writer.addNode({ name: 'a@b', otp: '27', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: undefined, end: undefined }); // prettier-ignore
    for (const name of ['ping', 'pong'])
      writer.addProcess({ node: 0, number: 1, serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name, label: undefined }); // prettier-ignore
  }

  #add(
    kind: Parameters<typeof kindCode>[0],
    process: number,
    peer = 0,
    cause = 0,
    payload: Uint8Array = new Uint8Array(0),
  ): number {
    return this.writer.append({ kind: kindCode(kind), flags: 0, ns: this.#ns, process, peer, fn: 0, cause, payload });
  }

  turns(count: number): void {
    for (let i = 0; i < count; i++) {
      const send = this.#add('send', 1 + (i % 2), 2 - (i % 2));
      const arrive = this.#add('arrive', 2 - (i % 2), 1 + (i % 2), send);
      const handle = this.#add('handle', 2 - (i % 2), 0, arrive);
      this.#ns += 1e6;
      this.#add('handled', 2 - (i % 2), 0, handle);
    }
  }

  /** So many events were lost in the second that goes by. */
  gap(lost: number): void {
    const [fromNs, toNs] = [this.#ns, this.#ns + 1e9];
    this.#ns = toNs;
    const terms = [tuple(atom('slow'), int(lost), int(fromNs), int(toNs))];
    const payload = encodeTerms(terms, this.#atoms);
    for (; this.#defined < this.#atoms.size; this.#defined++)
      this.writer.defineAtom(0, this.#defined, this.#atoms.name(this.#defined)!);
    this.#add('gap', 0, 0, 0, payload);
  }
}

describe('an area over what is missing', () => {
  it('says how much that is, and that its figures may be too small', async () => {
    const path = join(directory, 'gaps.escope');
    const writer = createRecording({ path, startedAtMs: 0 });
    const small = new Small(writer);
    small.turns(50);
    small.gap(1_234);
    small.turns(50);
    writer.close();
    const recording = openRecording(path);
    const gaps = await browser.serve(recording);
    page = await browser.open(`${gaps.url}#area=0-${String(recording.end().ns)}&tot=errors`);
    await done(page, 'errors');
    expect(await page.getByTestId('area-gaps').innerText()).toContain('1,234 events missing in 1 gap');
    expect(await page.getByTestId('area-errors').innerText()).toContain('1');
    expect(await page.locator('.area-facts').innerText()).toContain('1,234 missing');
    await artefact(page, 'area-gaps.png');
    // Beside the gap nothing is missing.
    await page.goto(`${gaps.url}#area=0-30000000&tot=errors`);
    await page.getByTestId('area-none').waitFor();
    expect(await page.getByTestId('area-gaps').count()).toBe(0);
  });
});

describe('an area of a recording that goes on', () => {
  it('grows with it, up to its own end', async () => {
    const path = join(directory, 'live.escope');
    const writer = createRecording({ path, startedAtMs: 0 });
    const small = new Small(writer);
    small.turns(100);
    writer.flush();
    const live = await browser.serve(openRecording(path));
    const calls = () => page.getByTestId('area-table-functions').locator('tbody tr td').nth(4).innerText();
    page = await browser.open(`${live.url}#area=0-${String(250e6)}`);
    await expect.poll(calls).toBe('100');
    small.turns(100);
    writer.flush();
    await expect.poll(calls).toBe('200');
    await artefact(page, 'area-live.png');
    // Its end lies in the past from now on.
    small.turns(100);
    writer.close();
    await expect.poll(calls).toBe('251');
    await done(page);
  });
});
