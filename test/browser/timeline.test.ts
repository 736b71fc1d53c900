/** The lanes of the timeline: grouped, sorted, pinned, filtered; running and waiting told apart; nodes as a whole; none and ten thousand. */
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Flags, openRecording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { atom, int, localPid, tuple } from '../../src/term/index.js';
import { artefact, atRest, useBrowser } from '../support/browser.js';
import { until } from '../support/elixirscope.js';
import { shopOfDemo, syntheticRecording } from '../support/made-once.js';
import { MemoryRecording } from '../support/memory-recording.js';

const browser = useBrowser();
let page: Page;

const names = (on: Page): Promise<string[]> => on.getByTestId('lane').locator('.label-name').allInnerTexts();
const hash = (on: Page): Promise<string> => on.evaluate(() => location.hash);
const lane = (on: Page, name: string) =>
  on.getByTestId('lane').filter({ has: on.locator('.label-name', { hasText: new RegExp(`^${name}$`) }) });
const said = (on: Page): Promise<string[]> => on.getByTestId('lane-states').locator('li').allTextContents();

/** Chooses in the corner menu with the keyboard alone. */
async function choose(on: Page, item: string): Promise<void> {
  await on.getByTestId('lane-menu').focus();
  await on.keyboard.press('Enter');
  const wanted = on.getByTestId(item);
  await wanted.waitFor();
  for (let i = 0; i < 20; i++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) break;
    await on.keyboard.press('ArrowDown');
  }
  await on.keyboard.press('Enter');
  expect(await wanted.getAttribute('aria-checked')).toBe('true');
  await on.keyboard.press('Escape');
  expect(await on.getByTestId('lane-menu').evaluate((element) => element === document.activeElement)).toBe(true);
}

describe('the lanes of a recorded shop', () => {
  let path: string;
  let served: Served;
  beforeAll(async () => {
    path = await shopOfDemo();
    served = await browser.serve(openRecording(path));
  });

  it('stand by application, by node or as one list, as the menu says', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').waitFor();
    await choose(page, 'group-application');
    await lane(page, 'shop').waitFor();
    expect((await names(page)).slice(0, 2)).toEqual(['shop', 'Shop.Supervisor']);
    expect(await lane(page, 'Shop.Supervisor').getAttribute('data-depth')).toBe('1');
    await artefact(page, 'timeline-applications.png');
    await page.getByRole('button', { name: 'Fold shop', exact: true }).click();
    await lane(page, 'Shop.Supervisor').waitFor({ state: 'detached' });
    expect((await names(page))[0]).toBe('shop');
    await until('the address says so', async () =>
      /grouping=application.*fold=|fold=.*grouping=application/.test(await hash(page)),
    );

    await page.reload();
    await lane(page, 'shop').waitFor();
    await lane(page, 'Shop.Supervisor').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Unfold shop', exact: true }).click();
    await choose(page, 'group-node');
    await until('the node is a lane', async () => (await names(page))[0] === 'nonode@nohost');
    await choose(page, 'group-none');
    await lane(page, 'Shop.Stock').first().waitFor();
    expect(await lane(page, 'Shop.Stock').getAttribute('data-depth')).toBe('0');
    // The same with keys.
    await page.locator('body').click({ position: { x: 2, y: 2 } });
    await page.keyboard.press('Shift+O');
    await until('supervisors again', async () => (await names(page)).includes('Shop.Supervisor'));
  });

  it('stand in the order of what they did, with the figure beside the name', async () => {
    page = await browser.open(`${served.url}#grouping=none`);
    await choose(page, 'sort-events');
    await page.locator('.lane-figure').first().waitFor();
    const recording = openRecording(path);
    const counts = new Map<number, number>();
    for (const event of recording.events({})) counts.set(event.process, (counts.get(event.process) ?? 0) + 1);
    recording.close();
    const shown = await page
      .getByTestId('lane')
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-process'))));
    const figures = shown.filter((id) => id > 0).map((id) => counts.get(id) ?? 0);
    expect(figures.length).toBeGreaterThan(10);
    expect(figures).toEqual([...figures].sort((a, b) => b - a));
    await choose(page, 'sort-name');
    await until('by name', async () => {
      const list = (await names(page)).slice(0, 12);
      return list.join() === [...list].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).join();
    });
    for (const sorting of ['running', 'messages', 'mailbox']) {
      await choose(page, `sort-${sorting}`);
      await page.locator('.lane-figure').filter({ hasText: /\d/ }).first().waitFor();
    }
    await artefact(page, 'timeline-sorted.png');
  });

  it('stand first when pinned, by button and key, and a reload keeps that', async () => {
    page = await browser.open(served.url);
    const stock = lane(page, 'Shop.Stock');
    await stock.hover();
    await stock.getByTestId('pin').click();
    await until('it stands first', async () => (await names(page))[0] === 'Shop.Stock');
    await lane(page, 'Shop.Payments').click();
    await page.keyboard.press('Shift+P');
    await until('the second pin follows', async () => (await names(page))[1] === 'Shop.Payments');
    expect((await names(page)).filter((name) => name === 'Shop.Stock')).toHaveLength(1);
    expect(await page.locator('.label.is-last-pinned .label-name').innerText()).toBe('Shop.Payments');
    await artefact(page, 'timeline-pinned.png');
    await until('the address says so', async () => /pin=\d+%2C\d+/.test(await hash(page)));
    await page.reload();
    await until('still there', async () => (await names(page)).slice(0, 2).join() === 'Shop.Stock,Shop.Payments');
    await page.getByTestId('lane-menu').click();
    await page.getByTestId('unpin-all').click();
    await until('all in their places', async () => (await names(page))[0] !== 'Shop.Stock');
  });

  it('stay in view when pinned while the others scroll beneath them', async () => {
    page = await browser.open(`${served.url}#grouping=none`, { width: 1280, height: 720 });
    for (const name of ['Shop.Stock', 'Shop.Payments']) {
      await page.getByTestId('filter').fill(name);
      await lane(page, name).click();
      await page.keyboard.press('Shift+P');
      await until('pinned', async () => (await page.getByTestId('stuck').innerText()).includes(name));
    }
    await page.getByTestId('filter').fill('');
    await until('all lanes are back', async () => (await page.getByTestId('lane').count()) > 15);
    const tops = (): Promise<number[]> =>
      page.getByTestId('lane').evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().top));
    const before = await tops();
    const third = (): Promise<string | null> => page.getByTestId('lane').nth(2).getAttribute('data-process');
    const beneath = await third();
    await page.locator('.scroller').evaluate((element) => {
      element.scrollTop = 26 * 6;
    });
    await until('the others moved', async () => (await third()) !== beneath);
    expect((await names(page)).slice(0, 2)).toEqual(['Shop.Stock', 'Shop.Payments']);
    expect((await tops()).slice(0, 2)).toEqual(before.slice(0, 2));
    await artefact(page, 'timeline-pinned-scrolled.png');
    // A click in the picture chooses the lane beside it, also where the playhead stands since the click before.
    const canvas = (await page.getByTestId('canvas').boundingBox())!;
    for (const nth of [2, 7, 1, 12]) {
      await atRest(page);
      const [process, middle] = await page
        .getByTestId('lane')
        .nth(nth)
        .evaluate((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return [row.getAttribute('data-process'), (top + bottom) / 2] as const;
        });
      await page.mouse.click(canvas.x + canvas.width * 0.6, middle);
      await until('that lane is chosen', async () => {
        const chosen = await page.getByTestId('lane').and(page.locator('.is-selected')).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-process'))); // prettier-ignore
        return chosen.length === 1 && chosen[0] === process;
      });
    }
  });

  it('have labels whose parts never cover each other', async () => {
    page = await browser.open(served.url, { width: 1280, height: 720 });
    const row = lane(page, 'Shop.Stock');
    await row.hover();
    await row.getByTestId('pin').waitFor();
    const covered = (): Promise<string[]> =>
      page.getByTestId('lane').evaluateAll((rows) =>
        rows.flatMap((label) => {
          const box = label.getBoundingClientRect();
          const parts =
            [...label.querySelectorAll('.fold, .label-name, .label-pid, .label-count, .lane-figure, .label-tools button')] // prettier-ignore
              .filter((part) => getComputedStyle(part).opacity !== '0')
              .map((part) => part.getBoundingClientRect())
              .filter((part) => part.width > 0)
              .sort((a, b) => a.left - b.left);
          const ends = parts.map((part, i) => part.right - (parts[i + 1]?.left ?? box.right));
          return ends.some((over) => over > 0.5) ? [label.textContent] : [];
        }),
      );
    expect(await covered()).toEqual([]);
    await row.click();
    await page.keyboard.press('Shift+P');
    await until('pinned', async () => (await names(page))[0] === 'Shop.Stock');
    await lane(page, 'Shop.Payments').hover();
    expect(await covered()).toEqual([]);
    // Whatever is cut says the whole when pointed at.
    const titles = await page.getByTestId('lane').evaluateAll((rows) => rows.map((each) => each.getAttribute('title')));
    for (const [i, name] of (await names(page)).entries()) expect(titles[i]).toContain(name.replace(/\n/g, ''));
  });

  it('show the chosen one, wherever it stands, when an address is opened', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').waitFor();
    const scroller = (): Locator => page.locator('.scroller');
    await scroller().evaluate((element) => (element.scrollTop = element.scrollHeight));
    await lane(page, 'Shop.Supervisor').waitFor({ state: 'detached' });
    const last = await page.locator('[data-testid=lane]:not([data-process="0"])').last().getAttribute('data-process');
    await page.close();
    page = await browser.open(`${served.url}#p=${last!}&t=e60000&msg=`);
    const label = page.locator('.label.is-selected');
    const inView = (): Promise<boolean> =>
      page.evaluate(() => {
        const lane = document.querySelector('.label.is-selected')?.getBoundingClientRect();
        const lanes = document.querySelector('.scroller')!.getBoundingClientRect();
        return lane !== undefined && lane.top > lanes.top && lane.bottom <= lanes.bottom;
      });
    await until('its lane is in view', inView);
    // Also where there is less room, and until somebody scrolls.
    await page.setViewportSize({ width: 1280, height: 600 });
    await until('its lane is in view still', inView);
    await scroller().evaluate((element) => (element.scrollTop = 0));
    await lane(page, 'Shop.Supervisor').waitFor();
    expect(await label.count()).toBe(0);
  });

  it('follow one finger, and zoom with two', async () => {
    page = await browser.open(`${served.url}#grouping=none`, { width: 1280, height: 720 });
    await lane(page, 'Shop.Stock').first().waitFor();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 5 });
    const canvas = (await page.getByTestId('canvas').boundingBox())!;
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: [number, number][]): Promise<unknown> =>
      cdp.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: points.map(([x, y], id) => ({ x: canvas.x + x, y: canvas.y + y, id })),
      });
    const window = async (): Promise<{ fromNs: number; toNs: number }> => {
      let read: RegExpExecArray | null = null;
      await until('the address says which window', async () => (read = /[#&]w=(-?\d+)-(\d+)/.exec(await hash(page))) !== null); // prettier-ignore
      return { fromNs: Number(read![1]), toNs: Number(read![2]) };
    };
    const changed = async (from: { fromNs: number }): Promise<{ fromNs: number; toNs: number }> => {
      await until('the window has moved', async () => (await window()).fromNs !== from.fromNs);
      return window();
    };
    // Apart: closer. What lay between the fingers stays there.
    const whole = await window();
    const middle = canvas.width / 2;
    await touch('touchStart', [[middle - 60, 150]]);
    await touch('touchStart', [[middle - 60, 150], [middle + 60, 150]]); // prettier-ignore
    for (const apart of [120, 180, 240]) await touch('touchMove', [[middle - apart, 150], [middle + apart, 150]]); // prettier-ignore
    await touch('touchEnd', []);
    const near = await changed(whole);
    const span = ({ fromNs, toNs }: { fromNs: number; toNs: number }): number => toNs - fromNs;
    expect(span(near) / span(whole)).toBeCloseTo(0.25, 1);
    expect((near.fromNs + near.toNs) / 2 / ((whole.fromNs + whole.toNs) / 2)).toBeCloseTo(1, 2);
    // Along: the same width, moved as far as the finger, lanes too.
    await touch('touchStart', [[middle, 200]]);
    for (const by of [40, 80, 120]) await touch('touchMove', [[middle - by, 200 - by]]);
    await touch('touchEnd', []);
    const moved = await changed(near);
    expect(span(moved) / span(near)).toBeCloseTo(1, 2);
    expect((moved.fromNs - near.fromNs) / span(near)).toBeCloseTo(120 / canvas.width, 2);
    expect(await page.locator('.scroller').evaluate((element) => element.scrollTop)).toBeGreaterThan(60);
    // A touch that stays where it is chooses the lane.
    const row = (await page.getByTestId('lane').nth(4).boundingBox())!;
    await touch('touchStart', [[middle, row.y + row.height / 2 - canvas.y]]);
    await touch('touchEnd', []);
    await until('a lane is selected', async () => (await page.locator('.label.is-selected').count()) === 1);
    await cdp.detach();
  });

  it('are filtered by words', async () => {
    page = await browser.open(served.url);
    await lane(page, 'Shop.Stock').waitFor();
    await page.getByTestId('filter').fill('app:shop crashed');
    await until('only those that crashed', async () => {
      const processes = await page
        .getByTestId('lane')
        .filter({ has: page.locator('.dot') })
        .count();
      return processes > 0 && (await page.locator('.corner').innerText()).includes('of');
    });
    expect(await lane(page, 'Shop.Stats').count()).toBe(0);
    await page.getByTestId('filter').fill('app:nothing');
    await page.getByTestId('no-lanes').waitFor();
    expect(await page.getByTestId('no-lanes').innerText()).toContain('app:nothing');
  });

  it('tell at any zoom, down to 200 ns, what their processes did', async () => {
    page = await browser.open(`${served.url}#q=Shop.Stock`, { width: 1920, height: 1080, scheme: 'dark' });
    await until('known', async () => (await said(page)).some((text) => /^Shop\.Stock: running/.test(text)));
    await artefact(page, 'timeline-dark-1920.png');
    const recording = openRecording(path);
    const stock = recording.findProcess('Shop.Stock')!;
    const [call] = recording.slices({ fromNs: 0, toNs: recording.end().ns, processes: [stock], limit: 1 }).slices;
    recording.close();
    const middle = Math.round((call!.startNs + call!.endNs) / 2);
    await page.goto(`${served.url}#q=Shop.Stock&t=${String(middle)}&w=${String(middle - 100)}-${String(middle + 100)}`);
    await page.reload();
    await until('running all the time', async () =>
      (await said(page)).some((text) => text.startsWith('Shop.Stock: running 100 %')),
    );
    expect(await hash(page)).toContain(`w=${String(middle - 100)}-${String(middle + 100)}`);
    await artefact(page, 'timeline-200ns.png');
  });
});

describe('running, waiting and the node', () => {
  /** In tenths of a second: Asker runs 0–2 and 7–10 and waits 2–7; Slow answers; the node was looked at. */
  function recordingOfWaiting(): MemoryRecording {
    const recording = new MemoryRecording();
    for (const name of ['Asker', 'Slow'])
      recording.addProcess({ number: 100 + recording.infos.length, spawnSeq: 0, exitSeq: 0, parent: 0, fn: recording.fn(`Elixir.${name}`, 'init', 1), behaviour: 'gen_server', name: `Elixir.${name}`, label: undefined }); // prettier-ignore
    const at = (tenths: number): number => tenths * 100_000_000;
    const look = (tenths: number, megabytes: number, queue: number): void => {
      recording.add('memory', at(tenths), 0, { terms: [tuple(int(megabytes * 2 ** 20), int(queue), int(5), int(70))] });
    };
    look(0, 30, 0);
    const handle = recording.add('handle', at(0), 1, {
      fn: recording.fn('Elixir.Asker', 'handle_call', 3),
      terms: [atom('go')],
    });
    const ask = recording.add('send', at(2), 1, {
      peer: 2,
      terms: [tuple(atom('$gen_call'), localPid(100), atom('work'))],
    });
    recording.add('arrive', at(2), 2, { peer: 1, cause: ask, terms: [atom('work')] });
    const work = recording.add('handle', at(3), 2, {
      fn: recording.fn('Elixir.Slow', 'handle_call', 3),
      cause: ask + 1,
    });
    look(4, 42, 7);
    recording.add('handled', at(6), 2, { cause: work });
    const reply = recording.add('send', at(6), 2, { peer: 1, terms: [atom('done')] });
    recording.add('arrive', at(7), 1, { peer: 2, cause: reply, flags: Flags.TAKEN, terms: [atom('done')] });
    recording.add('handled', at(10), 1, { cause: handle });
    look(12, 36, 1);
    recording.add('gc', at(20), 1);
    return recording;
  }

  it('are told in words, in the tooltip and in the picture', async () => {
    const { url } = await browser.serve(recordingOfWaiting());
    page = await browser.open(`${url}#w=0-1000000000&t=2000000000`);
    await until('the words are there', async () => (await said(page)).length === 3);
    await until('what they did is known', async () => (await said(page)).every((text) => !text.includes('not known')));
    expect(await said(page)).toEqual([
      'shop@localhost: memory up to 42 MiB, run queue up to 7',
      'Asker: running 50 %, waiting for answers 50 %, idle 0 %',
      'Slow: running 30 %, waiting for answers 0 %, idle 70 %',
    ]);
    const canvas = (await page.getByTestId('canvas').boundingBox())!;
    const row = (await lane(page, 'Asker').boundingBox())!;
    const text = async (share: number): Promise<string> => {
      await page.mouse.move(canvas.x + canvas.width * share, row.y + row.height / 2, { steps: 3 });
      await page.locator('.tooltip-box').waitFor();
      return page.locator('.tooltip-box').innerText();
    };
    expect(await text(0.5)).toContain('waiting for an answer');
    expect(await text(0.85)).not.toContain('waiting for an answer');
    await artefact(page, 'timeline-waiting.png');
    // The line beneath the pointer is out of the way.
    await page.mouse.move(canvas.x + 4, canvas.y + 4);
    // Hatched where it waited, solid where it ran: the colours of a stretch of the bar's foot.
    const colours = (share: number): Promise<number> =>
      page.getByTestId('canvas').evaluate((element, part) => {
        const base = element as HTMLCanvasElement;
        const y = 32 + 26 + 17;
        const { data } = base.getContext('2d')!.getImageData(Math.round(base.width * part), y, 24, 1);
        return new Set(Array.from({ length: 24 }, (_, i) => data.slice(i * 4, i * 4 + 3).join())).size;
      }, share);
    expect(await colours(0.5)).toBeGreaterThan(1);
    await until('solid where it ran', async () => (await colours(0.85)) === 1);
  });

  it('are explained in the help', async () => {
    const { url } = await browser.serve(recordingOfWaiting());
    page = await browser.open(url);
    await page.keyboard.press('?');
    expect(await page.getByTestId('life-legend').innerText()).toMatch(/running[^]*waiting for an answer[^]*idle/);
  });
});

describe('none, and very many', () => {
  it('say that nothing was recorded', async () => {
    const { url } = await browser.serve(new MemoryRecording());
    page = await browser.open(`${url}#grouping=application&sorting=mailbox&pin=3`);
    await page.getByTestId('no-lanes').waitFor();
    expect(await names(page)).toEqual([]);
    await artefact(page, 'timeline-empty.png');
  });

  it('show ten thousand lanes, the last as well as the first', async () => {
    const path = await syntheticRecording(200_000, 10_000);
    const recording = openRecording(path);
    const { url } = await browser.serve(recording);
    page = await browser.open(`${url}#grouping=none`);
    await until('all are there', async () => /10(?:\.\d)?k of/.test(await page.locator('.corner').innerText()));
    // As many rows as there is room for, and no more.
    expect(await page.getByTestId('lane').count()).toBeLessThan(60);
    // Processes come in pages: until the last one is there, the end moves on.
    await until('the last lane is in view', async () => {
      await page.locator('.scroller').evaluate((element) => {
        element.scrollTop = element.scrollHeight;
      });
      return (await names(page)).at(-1) === 'Runtime';
    });
    await until('the last lanes are drawn', async () => (await said(page)).some((text) => text.includes(': running')));
    await artefact(page, 'timeline-10000.png');
    await page.locator('.scroller').evaluate((element) => {
      element.scrollTop = 0;
    });
    await choose(page, 'sort-messages');
    await page.locator('.lane-figure').filter({ hasText: /\d/ }).first().waitFor();
    await choose(page, 'group-application');
    await until('grouped', async () => (await page.getByTestId('lane').count()) > 0);
  });
});
