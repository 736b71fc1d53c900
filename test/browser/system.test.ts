/** The constellation: who is there, who writes to whom, how much each does; in space and flat, moving with the moment and with nothing else. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { writeSyntheticRecording } from '../../src/recording/testing/index.js';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import {
  box,
  clickProcess,
  namesOf,
  placeOf,
  ready,
  screenOf,
  still,
  touching,
  type Box,
} from '../support/constellation.js';
import { directoryOfRun, syntheticRecording } from '../support/made-once.js';
import { MemoryRecording } from '../support/memory-recording.js';
import { shopRecording } from '../support/shop-recording.js';

const shop = shopRecording(300);
const endNs = shop.recording.end().ns;
const browser = useBrowser();
let served: Served;
let page: Page;

beforeAll(async () => {
  served = await browser.serve(shop.recording);
});

const picture = async (on: Page): Promise<string> => (await on.locator(box).screenshot()).toString('base64');
const at = (ns: number): string => `t=${String(Math.round(ns))}`;
const number = async (on: Page, name: string): Promise<number> =>
  Number(await on.locator(box).getAttribute(`data-${name}`));

const drag = async (on: Page, right: number, down: number, whileMoving: () => Promise<void>): Promise<void> => {
  const canvas = (await on.getByTestId('constellation-canvas').boundingBox())!;
  const [x, y] = [canvas.x + canvas.width / 2, canvas.y + canvas.height / 2];
  await on.mouse.move(x, y);
  await on.mouse.down();
  for (let i = 1; i <= 6; i++) {
    await on.mouse.move(x + (right * i) / 6, y + (down * i) / 6);
    await whileMoving();
  }
  await on.mouse.up();
};

describe('the constellation', () => {
  it('opens with a key, shows who lives, and a click chooses a process everywhere', async () => {
    page = await browser.open(`${served.url}#${at(endNs / 2)}`);
    expect(await page.evaluate(() => performance.getEntriesByType('resource').some((each) => each.name.includes('constellation')))).toBe(false); // prettier-ignore
    await page.keyboard.press('2');
    await ready(page);
    const alive = shop.recording.infos.filter((_, i) =>
      shop.recording.alive(i + 1, shop.recording.momentAt(endNs / 2)),
    );
    expect(await number(page, 'alive')).toBe(alive.length);
    await clickProcess(page, shop.stock);
    await page.getByTestId('process-name').getByText('Shop.Stock').waitFor();
    await page.waitForFunction((id) => location.hash.includes(`p=${String(id)}`), shop.stock);
    await still(page);
    await artefact(page, 'system-selected.png');
    await page.keyboard.press('1');
    expect(await page.locator('.label.is-selected .label-name').innerText()).toBe('Shop.Stock');
  });

  it('tells name and numbers of what is under the pointer', async () => {
    page = await browser.open(`${served.url}#main=system&${at(endNs / 2)}`);
    await ready(page);
    await still(page);
    const spot = (await screenOf(page, shop.stock))!;
    const canvas = (await page.getByTestId('constellation-canvas').boundingBox())!;
    await page.mouse.move(canvas.x + spot.x, canvas.y + spot.y);
    const tooltip = page.getByTestId('system-tooltip');
    await tooltip.getByText('Shop.Stock', { exact: true }).waitFor();
    const handled = shop.recording.list.filter((event) => event.process === shop.stock && ['send', 'arrive'].includes(event.kind)); // prettier-ignore
    const rate = (handled.length / endNs) * 1e9;
    const shown = /Messages\s*([\d.]+)(k?)\/s/.exec(await tooltip.innerText())!;
    expect((Number(shown[1]) * (shown[2] === 'k' ? 1000 : 1)) / rate).toBeCloseTo(1, 1);
  });

  it('changes what colour and size tell, with a legend that has numbers and units', async () => {
    page = await browser.open(`${served.url}#main=system&${at(endNs)}`);
    await ready(page);
    await still(page);
    const before = await picture(page);
    const ticks = page.getByTestId('legend-ticks');
    await page.getByTestId('size').selectOption('none');
    for (const [heat, unit] of [
      ['messages', /\/s/],
      ['cpu', /%/],
      ['memory', /B/],
      ['mailbox', /^1$/],
      ['errors', /^1$/],
    ] as const) {
      // prettier-ignore
      await page.getByTestId('colour').selectOption(heat);
      await page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector('[data-testid=legend-ticks]')?.textContent ?? ''), unit.source); // prettier-ignore
      expect(await ticks.innerText()).toMatch(new RegExp(unit.source, 'm'));
    }
    await still(page);
    expect(await picture(page)).not.toBe(before);
    // The one error is that of the worker that crashed; the one message that waits is with the payments.
    await page.getByTestId('colour').selectOption('mailbox');
    await page.getByTestId('top-toggle').click();
    const first = page.getByTestId('top-processes').locator('tbody tr').first();
    await first.getByText('Shop.Payments').waitFor();
    expect((await first.innerText()).replaceAll(/\s+/g, ' ')).toBe('Shop.Payments 1');
    await artefact(page, 'system-mailbox.png');
    await page.waitForFunction(() => location.hash.includes('colour=mailbox') && location.hash.includes('size=none'));
  });

  it('keeps every process in its place whatever the moment, and shows it only while it lives', async () => {
    const { infos } = shop.recording;
    const task = infos.findIndex((info) => info.exitSeq > 0 && info.spawnSeq > 0) + 1;
    const { spawnSeq, exitSeq } = infos[task - 1]!;
    const born = shop.recording.momentOf(spawnSeq).ns;
    const died = shop.recording.momentOf(exitSeq).ns;
    page = await browser.open(`${served.url}#main=system&speed=0.001&${at(born - 1e6)}`);
    await ready(page);
    const places = await Promise.all([shop.stock, 3, task].map((id) => placeOf(page, id)));
    const goTo = async (ns: number): Promise<void> => {
      await page.getByTestId('moment').fill(`+${String(ns / 1e9)}s`);
      await page.getByTestId('moment').press('Enter');
      await page.waitForFunction((ns) => Math.abs(Number(document.querySelector('[data-testid=moment]')!.getAttribute('data-ns')) - ns) < 10, ns); // prettier-ignore
      await still(page);
    };
    await still(page);
    expect(await screenOf(page, task)).toBeUndefined();
    await goTo(Math.round((born + died) / 2));
    expect(await screenOf(page, task)).toBeDefined();
    await goTo(died + 2e6);
    expect(await screenOf(page, task)).toBeUndefined();
    expect(await Promise.all([shop.stock, 3, task].map((id) => placeOf(page, id)))).toEqual(places);
  });

  it('moves messages while the film runs, freezes them with it, and steps with the moment', async () => {
    page = await browser.open(`${served.url}#main=system&speed=0.01&${at(endNs / 3)}`);
    await ready(page);
    await still(page);
    expect(await number(page, 'dots')).toBeGreaterThan(0);
    const before = await picture(page);
    await page.waitForTimeout(300);
    expect(await picture(page)).toBe(before);
    await page.locator('body').press(' ');
    await page.waitForFunction((ns) => Number(document.querySelector('[data-testid=moment]')!.getAttribute('data-ns')) > ns + 1e6, endNs / 3); // prettier-ignore
    await page.locator('body').press(' ');
    await still(page);
    const after = await picture(page);
    expect(after).not.toBe(before);
    const frames = await page.evaluate((selector) => document.querySelector<Box>(selector)!.constellation.frames, box);
    await page.waitForTimeout(400);
    expect(await page.evaluate((selector) => document.querySelector<Box>(selector)!.constellation.frames, box)).toBe(
      frames,
    );
    // A send and its arrival may lie so close together that nothing has moved by a pixel.
    await expect
      .poll(async () => {
        await page.keyboard.press('m');
        await still(page);
        return picture(page);
      })
      .not.toBe(after);
  });

  it('turns, comes closer, is flat when asked, follows a process, and has all of that in the address', async () => {
    page = await browser.open(`${served.url}#main=system&p=${String(shop.stock)}&${at(endNs / 2)}`);
    await ready(page);
    await still(page);
    const spot = (await screenOf(page, 3))!;
    await page.getByTestId('constellation-canvas').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('PageUp');
    await still(page);
    const moved = (await screenOf(page, 3))!;
    expect(Math.hypot(moved.x - spot.x, moved.y - spot.y)).toBeGreaterThan(3);
    await page.waitForFunction(() => location.hash.includes('cam='));
    const turned = page.url();
    await page.getByTestId('reset-camera').click();
    await still(page);
    expect(await screenOf(page, 3)).toEqual(spot);
    await page.getByTestId('flat').click();
    await page.getByTestId('follow').click();
    await still(page);
    const { x, y } = (await screenOf(page, shop.stock))!;
    const size = (await page.getByTestId('constellation-canvas').boundingBox())!;
    expect(Math.hypot(x - size.width / 2, y - size.height / 2)).toBeLessThan(3);
    await page.waitForFunction(() => location.hash.includes('flat=1') && location.hash.includes('follow=1'));
    await artefact(page, 'system-flat.png');
    await page.close();
    page = await browser.open(turned, { scheme: 'dark' });
    await ready(page);
    await still(page);
    const again = (await screenOf(page, 3))!;
    expect(Math.hypot(again.x - moved.x, again.y - moved.y)).toBeLessThan(1);
    await artefact(page, 'system-dark.png');
  });

  it('keeps names apart while it turns, and fills in those that have room once it rests', async () => {
    page = await browser.open(`${served.url}#main=system&${at(endNs / 2)}`);
    await ready(page);
    await still(page);
    expect(await namesOf(page)).toContain('Shop.Stock');
    expect(await touching(page)).toEqual([]);
    const before = await picture(page);
    const seen = new Set(await namesOf(page));
    await drag(page, 240, 60, async () => {
      expect(await touching(page!)).toEqual([]);
    });
    await still(page);
    expect(await picture(page)).not.toBe(before);
    expect(await touching(page)).toEqual([]);
    expect((await namesOf(page)).filter((name) => seen.has(name)).length).toBeGreaterThan(3);
    // What the pointer was over has moved away from it.
    expect(await page.getByTestId('system-tooltip').count()).toBe(0);
    await artefact(page, 'system-turned.png');
  });

  it('closes an application by its name in the picture, and tells of it there', async () => {
    page = await browser.open(`${served.url}#main=system&${at(endNs / 2)}`);
    await ready(page);
    await still(page);
    const spotOf = (name: string) =>
      page!.evaluate(({ selector, name }) => document.querySelector<Box>(selector)!.constellation.labels.find((each) => each.text === name), { selector: box, name }); // prettier-ignore
    const canvas = (await page.getByTestId('constellation-canvas').boundingBox())!;
    const open = (await spotOf('▾ Shop.Supervisor'))!;
    await page.mouse.move(canvas.x + open.left + 8, canvas.y + open.top + 8);
    await page.getByTestId('system-tooltip').getByText('click closes it').waitFor();
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForFunction(() => location.hash.includes('closed='));
    await still(page);
    const closed = (await spotOf('▸ Shop.Supervisor'))!;
    await page.mouse.click(canvas.x + closed.left + 8, canvas.y + closed.top + 8);
    await page.waitForFunction(() => !location.hash.includes('closed='));
  });

  it('finds with the filter and the omnibox', async () => {
    page = await browser.open(`${served.url}#main=system&${at(endNs / 2)}`);
    await ready(page);
    await still(page);
    const radius = (await screenOf(page, shop.stock))!.radius;
    const before = await picture(page);
    await page.getByLabel('Filter processes').fill('payments');
    await page.getByText('What the filter does not match is faint.').waitFor();
    await still(page);
    expect(await picture(page)).not.toBe(before);
    expect((await screenOf(page, shop.stock))!.radius).toBeLessThan(radius);
    await page.getByLabel('Filter processes').fill('');
    await page.getByLabel('Filter processes').blur();
    await page.keyboard.press('/');
    await page.getByTestId('omnibox-input').fill('Shop.Payments');
    await page.getByTestId('omnibox').getByRole('option').filter({ hasText: 'Shop.Payments' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('process-name').getByText('Shop.Payments').waitFor();
    expect(await page.getByTestId('system').isVisible()).toBe(true);
  });

  it('draws an application as one when it is closed, and opens it with a click', async () => {
    page = await browser.open(`${served.url}#main=system&${at(endNs / 2)}`);
    await ready(page);
    const shown = await number(page, 'shown');
    await page.getByTestId('applications').click();
    await page.getByRole('checkbox', { name: /Shop.Supervisor/ }).uncheck();
    await page.waitForFunction(({ selector, shown }) => Number(document.querySelector(selector)!.getAttribute('data-shown')) < shown, { selector: box, shown }); // prettier-ignore
    await page.waitForFunction(() => location.hash.includes('closed='));
    await page.getByTestId('applications').click();
    await still(page);
    await artefact(page, 'system-closed.png');
    await clickProcess(page, shop.stock);
    await page.waitForSelector(`${box}[data-shown="${String(shown)}"]`);
  });

  it('says that nothing was recorded', async () => {
    const empty = await browser.serve(new MemoryRecording());
    page = await browser.open(`${empty.url}#main=system`);
    await page.getByTestId('no-system').getByText('No processes in this recording.').waitFor();
    await artefact(page, 'system-empty.png');
  });

  it('draws a single process, neither lost nor filling the picture', async () => {
    const recording = new MemoryRecording();
    const fn = recording.fn('Lonely', 'init', 1);
    recording.addProcess({
      number: 1,
      spawnSeq: 0,
      exitSeq: 0,
      parent: 0,
      fn,
      behaviour: 'gen_server',
      name: 'Elixir.Lonely.Worker.With.A.Name.That.Is.Longer.Than.Any.Picture.Wants',
      label: undefined,
    });
    const one = await browser.serve(recording);
    page = await browser.open(`${one.url}#main=system`);
    await ready(page);
    await still(page);
    const { x, y, radius } = (await screenOf(page, 1))!;
    const canvas = (await page.getByTestId('constellation-canvas').boundingBox())!;
    expect(radius).toBeGreaterThan(4);
    expect(radius).toBeLessThan(60);
    expect([x > 0, x < canvas.width, y > 0, y < canvas.height]).toEqual([true, true, true, true]);
    expect((await namesOf(page))[0]).toMatch(/^Lonely.*…$/);
    await page.mouse.move(canvas.x + x, canvas.y + y);
    await page.getByTestId('system-tooltip').getByText('Than.Any.Picture.Wants').waitFor();
    await artefact(page, 'system-one.png');
  });

  it('draws on a plain canvas where there is no WebGL2, and says so', async () => {
    page = await browser.context.newPage();
    page.on('pageerror', (error) => browser.problems.push(error.message));
    await page.addInitScript(() => {
      const original = HTMLCanvasElement.prototype.getContext as (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) => RenderingContext | null; // prettier-ignore
      HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
        return kind.startsWith('webgl') ? null : original.call(this, kind, ...rest);
      } as typeof HTMLCanvasElement.prototype.getContext;
    });
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.goto(`${served.url}#main=system&${at(endNs / 2)}`);
    await ready(page);
    await page.getByText('no WebGL2').waitFor();
    await still(page);
    await clickProcess(page, shop.stock);
    await page.getByTestId('process-name').getByText('Shop.Stock').waitFor();
    await still(page);
    await artefact(page, 'system-canvas.png');
  });

  it('holds ten thousand processes', async () => {
    const path = join(directoryOfRun('system'), 'many.escope');
    writeSyntheticRecording({ path, events: 300_000, processes: 10_000, seed: 7, eventNs: 3_000 });
    const recording = openRecording(path);
    const many = await browser.serve(recording);
    const middle = recording.end().ns / 2;
    page = await browser.open(`${many.url}#main=system&${at(middle)}`, { width: 1920, height: 1080, scheme: 'dark' });
    await ready(page);
    await still(page);
    const alive = recording.processesAt(recording.momentAt(middle)).length;
    expect(await number(page, 'alive')).toBe(alive);
    expect(alive).toBeGreaterThan(9_900);
    expect(await number(page, 'pairs')).toBeGreaterThan(4_000);
    await page
      .getByTestId('system-notes')
      .getByText(/weaker pairs .* drawn together/)
      .waitFor();
    await artefact(page, 'system-many.png');
    const spot = (await screenOf(page, 1))!;
    await page.getByTestId('constellation-canvas').click({ position: { x: spot.x, y: spot.y } });
    await page.waitForFunction(() => /p=\d+/.test(location.hash));
    await page.getByTestId('flat').click();
    await still(page);
    await artefact(page, 'system-many-flat.png');
  });
});

describe('the constellation of ten million events', () => {
  let recording: Recording;
  let many: Served;

  beforeAll(async () => {
    recording = openRecording(await syntheticRecording(10_000_000, 10_000));
    many = await browser.serve(recording);
  });

  it('comes closer, turns, chooses, is flat and moves in time, as a small one does', async () => {
    const end = recording.end();
    // A tenth of the time: rates of all of it would be estimates that go on changing.
    const view = `w=${String(Math.round(end.ns * 0.9))}-${String(end.ns)}`;
    page = await browser.open(`${many.url}#main=system&${view}`, { width: 1920, height: 1080 });
    await page.waitForSelector(`${box}[data-layout=final]`, { timeout: 120_000 });
    await still(page);
    expect(await number(page, 'alive')).toBe(recording.processesAt(end).length);
    await page.waitForFunction((box) => Number(document.querySelector<HTMLElement>(box)!.dataset['pairs']) > 4_000, box); // prettier-ignore
    expect(await touching(page)).toEqual([]);
    await artefact(page, 'system-ten-million.png');
    await drag(page, 200, 40, async () => {
      expect(await touching(page)).toEqual([]);
    });
    await still(page);
    await artefact(page, 'system-ten-million-turned.png');
    await page.getByTestId('flat').click();
    await page.getByTestId('reset-camera').click();
    await still(page);
    await artefact(page, 'system-ten-million-flat.png');
    // As close to a busy process as is needed to tell it from others: it stays under the pointer.
    const [busy] = [...recording.events({ from: recording.momentOf(end.seq - 1_000) })].map((event) => event.process);
    const before = (await screenOf(page, busy!))!;
    const canvas = (await page.getByTestId('constellation-canvas').boundingBox())!;
    await page.mouse.move(canvas.x + before.x, canvas.y + before.y);
    for (let i = 0; i < 8; i++) {
      await page.mouse.wheel(0, -400);
      expect(await touching(page)).toEqual([]);
    }
    await still(page);
    const closer = (await screenOf(page, busy!))!;
    expect(closer.radius).toBeGreaterThan(2 * before.radius);
    expect(Math.hypot(closer.x - before.x, closer.y - before.y)).toBeLessThan(60);
    await clickProcess(page, busy!);
    await page.waitForSelector('[data-testid=process-panel]');
    await artefact(page, 'system-ten-million-close.png');
    const middle = recording.momentOf(end.seq / 2);
    await page.getByTestId('moment').fill(`#${String(middle.seq)}`);
    await page.getByTestId('moment').press('Enter');
    await page.waitForSelector(`${box}[data-alive="${String(recording.processesAt(middle).length)}"]`);
  }, 400_000);
});
