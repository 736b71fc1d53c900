/** How long until all visible panels show another moment; how soon lanes are there; how much the browser holds. */
import { readFileSync } from 'node:fs';
import { drawn, median, openView, quantile, serve, startBrowser } from './browser.mjs';

const STEPS = 120;
const DRAGS = 120;
const PANELS = ['process-panel', 'events', 'stack'].map((name) => `[data-testid=${name}]`);

/**
 * Runs in the page: notes when a key or a pointer arrives, and when the last of the panels speaks of the moment that came of it and has been
 * painted: its attribute, then the frame in which that is drawn, then the end of that frame.
 */
function watch(panels) {
  const all = [...panels, '.source-body'];
  const shown = () => {
    const seqs = all.map((each) => document.querySelector(each)?.getAttribute('data-moment') ?? undefined);
    return seqs.every((each) => each !== undefined && each === seqs[0]) ? seqs[0] : undefined;
  };
  const state = { began: undefined, from: undefined, times: [], done: () => undefined, pending: false };
  window.scrubBench = state;
  const painted = (then) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => then(performance.now());
      port2.postMessage(0);
    });
  };
  const look = () => {
    const seq = shown();
    if (state.began === undefined || state.pending || seq === undefined || seq === state.from) return;
    state.pending = true;
    painted((now) => {
      state.times.push(now - state.began);
      state.began = undefined;
      state.pending = false;
      state.done();
    });
  };
  new MutationObserver(look).observe(document.body, { subtree: true, attributes: true, childList: true });
  const begin = (event) => {
    if (state.armed !== true) return;
    state.armed = false;
    state.began = event.timeStamp;
    state.from = shown();
  };
  addEventListener('keydown', begin, { capture: true });
  addEventListener('pointermove', begin, { capture: true });
  state.next = () =>
    new Promise((resolve) => {
      state.armed = true;
      state.done = resolve;
      setTimeout(resolve, 3_000, 'late');
    });
}

async function once(page, act) {
  // Armed before the key is on its way: on a busy machine it would overtake.
  await page.evaluate(() => {
    window.scrubBench.answer = window.scrubBench.next();
  });
  await act();
  return await page.evaluate(() => window.scrubBench.answer);
}

/** Steps by key, then drags along the ruler, with state, stack, variables, events, source and timeline open. */
export async function scrub(recording, middle) {
  const server = await serve(recording);
  const browser = await startBrowser();
  try {
    // In the middle, on a line of a function whose source came along.
    const page = await openView(browser, `${server.url}#p=1&t=e${String(middle)}&src=Elixir.Depot:6`);
    await page.waitForSelector('.source-body[data-moment]');
    await page.keyboard.press('l');
    await page.evaluate(watch, PANELS);
    await page.waitForTimeout(1_000);
    let late = 0;
    const count = async (answer) => {
      if ((await answer) === 'late') late++;
    };
    const take = () => page.evaluate(() => window.scrubBench.times.splice(0));
    for (let i = 0; i < 10; i++) await once(page, () => page.keyboard.press('.'));
    await take();
    for (let i = 0; i < STEPS; i++) await count(once(page, () => page.keyboard.press(['.', 'l', '.', ','][i % 4])));
    const steps = await take();
    // Over the whole recording: every pixel is thousands of events further, where nobody has been yet.
    const box = await page.locator('canvas[data-testid=canvas]').boundingBox();
    await page.mouse.move(box.x + 20, box.y + 8);
    await page.mouse.down();
    for (let i = 0; i < 10; i++) await once(page, () => page.mouse.move(box.x + 22 + i * 2, box.y + 8));
    await take();
    // Up to where the recording ends: beyond it nothing would change.
    const wide = (box.width * 0.95 - 50) / DRAGS;
    for (let i = 0; i < DRAGS; i++) await count(once(page, () => page.mouse.move(box.x + 50 + i * wide, box.y + 8)));
    await page.mouse.up();
    const drags = await take();
    const all = [...steps, ...drags];
    const of = (times) => ({ p50: median(times), p95: quantile(times, 0.95), n: times.length });
    return { ...of(all), late, steps: of(steps), drags: of(drags) };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Runs in the page from its very beginning: looks at the pixels after each frame. */
function watchFirstPaint(drawn) {
  const isDrawn = new Function(`return (${drawn})`)();
  const look = () => {
    const marks = window.firstPaintBench;
    if (marks.lanes === undefined && document.querySelector('[data-testid=lane]') !== null)
      marks.lanes = performance.now();
    if (isDrawn()) marks.drawn = performance.now();
    else requestAnimationFrame(look);
  };
  window.firstPaintBench = {};
  requestAnimationFrame(look);
}

/** From navigation to lanes with marks, each time with a server and a browser that have only just started. */
export async function firstPaint(recording, rounds) {
  const all = [];
  for (let round = 0; round < rounds; round++) {
    const server = await serve(recording);
    const browser = await startBrowser();
    try {
      const page = await browser.context.newPage();
      await page.addInitScript(`(${watchFirstPaint.toString()})(${JSON.stringify(drawn.toString())})`);
      await page.goto(server.url);
      await page.waitForFunction(() => window.firstPaintBench.drawn !== undefined, undefined, { timeout: 60_000 });
      all.push({ openMs: server.openMs, ...(await page.evaluate(() => window.firstPaintBench)) });
    } finally {
      await browser.close();
      await server.close();
    }
  }
  return {
    drawn: median(all.map((each) => each.drawn)),
    lanes: median(all.map((each) => each.lanes)),
    open: median(all.map((each) => each.openMs)),
  };
}

const residentMb = (pid) => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return undefined;
  }
};

/** Goes over everything: zooms, pans from end to end, scrolls over all lanes, selects. The most that was held at any look, without asking for a collection. */
export async function heap(recording) {
  const server = await serve(recording);
  const browser = await startBrowser();
  try {
    const page = await openView(browser, server.url);
    const session = await browser.context.newCDPSession(page);
    let peak = 0;
    let served = 0;
    const look = async () => {
      const { usedSize, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage');
      peak = Math.max(peak, (usedSize + backingStorageSize) / 1e6);
      served = Math.max(served, residentMb(server.pid) ?? 0);
    };
    const box = await page.locator('canvas[data-testid=canvas]').boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + 300);
    for (let zoom = 0; zoom < 6; zoom++) {
      for (let i = 0; i < 25; i++) {
        await page.mouse.wheel(box.width * (zoom % 2 === 0 ? 0.8 : -0.8), 0);
        await page.waitForTimeout(30);
        await look();
      }
      for (let i = 0; i < 8; i++) await page.mouse.wheel(0, -200);
    }
    await page.keyboard.press('f');
    await page.evaluate(async () => {
      const scroller = document.querySelector('.scroller');
      for (let i = 0; i <= 60; i++) {
        scroller.scrollTop = (scroller.scrollHeight * i) / 60;
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      scroller.scrollTop = 0;
    });
    await look();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'End', 'Home', '.', '.', ']', ']']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(80);
      await look();
    }
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage');
    return { peak, after: (usedSize + backingStorageSize) / 1e6, server: served };
  } finally {
    await browser.close();
    await server.close();
  }
}
