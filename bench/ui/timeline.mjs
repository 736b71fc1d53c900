/** What a picture of the timeline costs while one pans and zooms, beside the bare canvas of timeline-floor.js. Rounds of both in turn. */
import { fileURLToPath } from 'node:url';
import { EVENT_KINDS, openRecording } from '../../dist/recording/index.js';
import { ActivityScan } from '../../dist/server/activity.js';
import { median, openView, quantile, serve, startBrowser } from './browser.mjs';

const FLOOR = fileURLToPath(new URL('timeline-floor.js', import.meta.url));
const FRAMES = 80;

/** Share of the recording in view. */
const SCENES = [
  { name: 'whole', share: 0.8 },
  { name: 'part', share: 0.05 },
  { name: 'calls', share: 0.003 },
];

/** There and back, so that each round begins where the first began: pans by some pixels, then zooms about the middle. */
const MOTION = Array.from({ length: FRAMES }, (_, i) => {
  const half = FRAMES / 2;
  const back = i % half >= half / 2;
  return i < half ? { dx: back ? -7 : 7, dy: 0 } : { dx: 0, dy: back ? 12 : -12 };
});

/** Runs in either page: each frame one turn of the wheel over the canvas, as a hand would. Times between frames. */
async function framesOf(motion) {
  const canvas = document.querySelector('canvas[data-testid=canvas]') ?? document.querySelector('canvas');
  const box = canvas.getBoundingClientRect();
  const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true };
  const times = [];
  let last;
  for (const { dx, dy } of motion) {
    const now = await new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
    if (last !== undefined) times.push(now - last);
    last = now;
    canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: dx, deltaY: dy }));
  }
  return times;
}

/** Runs in the product's page: where its lanes lie on the canvas. */
function lanesShown() {
  const canvas = document.querySelector('canvas[data-testid=canvas]');
  const box = canvas.getBoundingClientRect();
  const lanes = [...document.querySelectorAll('[data-testid=lane]')]
    .map((each) => {
      const { top, height } = each.getBoundingClientRect();
      return { process: Number(each.dataset.process), top: Math.round(top - box.top), tall: Math.round(height) };
    })
    .filter((each) => each.process > 0);
  return { width: canvas.width, height: canvas.height, ruler: Math.min(...lanes.map((each) => each.top)), lanes };
}

const kinds = (...names) => names.map((name) => EVENT_KINDS.indexOf(name));
const FAMILIES = [['send', 'arrive'], ['call', 'return', 'exception', 'handle', 'handled', 'tail'], ['state']].map((each) => kinds(...each)); // prettier-ignore

/**
 * What is in the lanes, in bins of a power of two of nanoseconds, a number each: families (3 bits), how many events as a power of two (6), in
 * which share of it the process ran (8).
 */
function binsOf(recording, around, processes, binNs) {
  const fromNs = Math.floor(around.fromNs / binNs) * binNs;
  const count = Math.ceil((around.toNs - fromNs) / binNs);
  const window = { fromNs, toNs: fromNs + count * binNs, bins: count, processes };
  const strip = recording.timeline(window);
  const scan = new ActivityScan(recording, window);
  while (!scan.complete) scan.advance(performance.now() + 1_000);
  const masks = FAMILIES.map((codes) => codes.reduce((mask, code) => mask | (1 << code), 0));
  const bins = processes.map((_, lane) =>
    Array.from({ length: count }, (_, i) => {
      const at = lane * count + i;
      const families = masks.reduce((bits, mask, bit) => bits | ((strip.kinds[at] & mask) === 0 ? 0 : 1 << bit), 0);
      const ran = scan.runningNs[at];
      const share = ran === 0 ? 0 : Math.min(255, Math.max(1, Math.round((ran / binNs) * 255)));
      return families | (Math.min(32, 32 - Math.clz32(strip.counts[at])) << 3) | (share << 9);
    }),
  );
  return { binNs, fromNs, bins };
}

/** What is in view, as the floor wants it: from the recording itself. `single`: events one by one. */
function sceneOf(recording, shown, window, single) {
  const span = window.toNs - window.fromNs;
  const around = { fromNs: Math.max(0, window.fromNs - span), toNs: Math.min(recording.end().ns, window.toNs + span) };
  const processes = shown.lanes.map((each) => each.process);
  const laneOf = new Map(processes.map((process, lane) => [process, lane]));
  // Bins are at most a pixel wide, also when one has come closer.
  const binNs = 2 ** Math.floor(Math.log2(span / shown.width));
  const levels = [binNs, binNs / 2].map((each) => binsOf(recording, around, processes, each));
  const found = span < recording.end().ns / 2 ? recording.slices({ ...around, processes, limit: 6_000 }).slices : [];
  const names = new Map();
  const slices = { lane: [], startNs: [], endNs: [], name: [], names: [] };
  for (const each of found) {
    // A lane has room for the outermost ones: those that begin inside of the one before are not drawn.
    const inside = slices.lane.at(-1) === laneOf.get(each.process) && each.startNs < slices.endNs.at(-1);
    if (inside) continue;
    if (!names.has(each.fn)) {
      names.set(each.fn, slices.names.length);
      const fn = recording.function(each.fn);
      slices.names.push(fn === undefined ? '' : `${fn.name}/${fn.arity}`);
    }
    slices.lane.push(laneOf.get(each.process));
    slices.startNs.push(each.startNs);
    slices.endNs.push(each.endNs < 0 ? recording.end().ns : each.endNs);
    slices.name.push(names.get(each.fn));
  }
  let events;
  if (single) {
    const of = (codes) => {
      const range = { from: recording.momentAt(around.fromNs), to: recording.momentAt(around.toNs) };
      const all = [...recording.events({ processes, kinds: codes.map((code) => EVENT_KINDS[code]), ...range })];
      return { lane: all.map((each) => laneOf.get(each.process)), ns: all.map((each) => each.ns) };
    };
    events = { calls: of(FAMILIES[1]), states: of(FAMILIES[2]) };
  }
  return { ...shown, levels, slices, events, endNs: recording.end().ns };
}

/** Runs in either page: how many pixels of the lanes have a colour, which neither background, stripes nor lives have: as many marks are seen. */
function marked({ ruler, lanes }) {
  const canvas = document.querySelector('canvas[data-testid=canvas]') ?? document.querySelector('canvas');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let count = 0;
  for (const { top } of lanes) {
    for (let y = Math.max(ruler, top + 4); y < Math.min(height, top + 24); y++) {
      for (let at = y * width * 4, end = at + width * 4; at < end; at += 4) {
        const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
        if (Math.max(r, g, b) - Math.min(r, g, b) > 24) count++;
      }
    }
  }
  return count;
}

/** Milliseconds without a question to the server after which nothing more is fetched, and how long that is waited for. */
const QUIET_MS = 600;
const QUIET_AT_MOST_MS = 20_000;
/** Turns until one in which nothing is fetched. */
const WARM_AT_MOST = 6;

/** Counts the questions of a page, which is not opened yet. */
function watchQuestions(page) {
  const asked = { count: 0, at: performance.now() };
  page.on('websocket', (socket) => {
    socket.on('framesent', () => {
      asked.count++;
      asked.at = performance.now();
    });
  });
  return asked;
}

async function quiet(page, asked) {
  const until = performance.now() + QUIET_AT_MOST_MS;
  while (performance.now() < Math.min(until, asked.at + QUIET_MS)) await page.waitForTimeout(100);
}

/** `use` is given both pages when nothing but drawing is left to do, with what is in view. */
export async function withScene(browser, server, recording, share, use) {
  const endNs = recording.end().ns;
  const window = { fromNs: Math.round(endNs * (0.5 - share / 2)), toNs: Math.round(endNs * (0.5 + share / 2)) };
  const at = `${server.url}#w=${window.fromNs}-${window.toNs}&t=${Math.round(endNs / 2)}`;
  const asking = new Promise((resolve) => browser.context.once('page', (opened) => resolve(watchQuestions(opened))));
  const page = await openView(browser, at);
  const asked = await asking;
  // What is looked for in the background takes one of the processors, beside either page.
  await quiet(page, asked);
  const shown = await page.evaluate(lanesShown);
  const scene = sceneOf(recording, shown, window, share < 0.01);
  const floor = await browser.context.newPage();
  await floor.setContent('<!doctype html><body style="margin:0"></body>');
  await floor.addScriptTag({ path: FLOOR });
  await floor.evaluate((given) => globalThis.startFloor(given), { ...scene, window });
  const turn = async (of) => {
    await of.bringToFront();
    return await of.evaluate(framesOf, MOTION);
  };
  const product = () => turn(page);
  const bare = () => turn(floor);
  const cold = await product();
  for (let times = 0, before = -1; times < WARM_AT_MOST && before !== asked.count; times++) {
    before = asked.count;
    await product();
    await quiet(page, asked);
  }
  await bare();
  try {
    return await use({ page, floor, product, bare, cold, shown });
  } finally {
    await page.close();
    await floor.close();
  }
}

export async function timelineFrames(path, rounds) {
  const recording = openRecording(path);
  const server = await serve(path);
  const browser = await startBrowser({ uncapped: true });
  const results = [];
  try {
    for (const { name, share } of SCENES) {
      const result = await withScene(browser, server, recording, share, async (scene) => {
        const product = [];
        const bare = [];
        const cpu = { product: [], bare: [] };
        for (let round = 0; round < rounds; round++) {
          const before = await browser.cpuMs();
          product.push(...(await scene.product()));
          const between = await browser.cpuMs();
          bare.push(...(await scene.bare()));
          cpu.product.push((between - before) / FRAMES);
          cpu.bare.push(((await browser.cpuMs()) - between) / FRAMES);
        }
        return {
          name,
          frame: median(product),
          p95: quantile(product, 0.95),
          floor: median(bare),
          floorP95: quantile(bare, 0.95),
          cpu: median(cpu.product),
          floorCpu: median(cpu.bare),
          // Of the first turn, in which everything is fetched.
          cold: median(scene.cold),
          coldP95: quantile(scene.cold, 0.95),
          marked: await scene.page.evaluate(marked, scene.shown),
          floorMarked: await scene.floor.evaluate(marked, scene.shown),
          lanes: scene.shown.lanes.length,
        };
      });
      results.push(result);
    }
  } finally {
    await browser.close();
    await server.close();
    recording.close();
  }
  return results;
}
