/** What a picture of the timeline costs while one pans and zooms, beside the bare canvas of timeline-floor.js. Rounds of both in turn. */
import { fileURLToPath } from 'node:url';
import { EVENT_KINDS, openRecording } from '../../dist/recording/index.js';
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

/** Runs in the product's page: each frame one turn of the wheel, as a hand would. Times between frames. */
async function productFrames(motion) {
  const canvas = document.querySelector('canvas[data-testid=canvas]');
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

/** Runs in the floor's page: the same windows. */
async function floorFrames({ motion, window: from, width }) {
  let { fromNs, toNs } = from;
  const times = [];
  let last;
  for (const { dx, dy } of motion) {
    const now = await new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
    if (last !== undefined) times.push(now - last);
    last = now;
    const span = toNs - fromNs;
    const middle = (fromNs + toNs) / 2;
    const by = (dx * span) / width;
    const factor = Math.exp(dy * 0.0022);
    [fromNs, toNs] = dy === 0 ? [fromNs + by, toNs + by] : [middle - (span * factor) / 2, middle + (span * factor) / 2];
    window.floorDraw({ fromNs, toNs });
  }
  return times;
}

/** What is in view, as the floor wants it: from the recording itself. */
function sceneOf(recording, shown, window, single) {
  const span = window.toNs - window.fromNs;
  const around = { fromNs: Math.max(0, window.fromNs - span), toNs: Math.min(recording.end().ns, window.toNs + span) };
  const processes = shown.lanes.map((each) => each.process);
  const laneOf = new Map(processes.map((process, lane) => [process, lane]));
  const binNs = 2 ** Math.floor(Math.log2(span / shown.width));
  const fromNs = Math.floor(around.fromNs / binNs) * binNs;
  const count = Math.ceil((around.toNs - fromNs) / binNs);
  const strip = recording.timeline({ fromNs, toNs: fromNs + count * binNs, bins: count, processes });
  const bins = processes.map((_, lane) =>
    Array.from({ length: count }, (_, i) => {
      const events = strip.counts[lane * count + i];
      if (events === 0) return 0;
      const mask = strip.kinds[lane * count + i];
      const has = (...codes) => codes.some((code) => (mask & (1 << code)) !== 0);
      const bits = (has(...shown.message) ? 1 : 0) | (has(...shown.fn) ? 2 : 0) | (has(...shown.state) ? 4 : 0);
      return bits | (Math.min(32, 32 - Math.clz32(events)) << 3);
    }),
  );
  const found = shown.slices ? recording.slices({ ...around, processes, limit: 6_000 }).slices : [];
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
  const states = { lane: [], ns: [] };
  if (single) {
    const from = recording.momentAt(around.fromNs);
    const to = recording.momentAt(around.toNs);
    for (const event of recording.events({ processes, kinds: ['state'], from, to })) {
      states.lane.push(laneOf.get(event.process));
      states.ns.push(event.ns);
    }
  }
  return { ...shown, bins, binNs, fromNs, slices, states, single, endNs: recording.end().ns };
}

export async function timelineFrames(path, rounds) {
  const recording = openRecording(path);
  const server = await serve(path);
  const browser = await startBrowser({ uncapped: true });
  const endNs = recording.end().ns;
  const results = [];
  try {
    for (const { name, share } of SCENES) {
      const window = { fromNs: Math.round(endNs * (0.5 - share / 2)), toNs: Math.round(endNs * (0.5 + share / 2)) };
      const page = await openView(
        browser,
        `${server.url}#w=${window.fromNs}-${window.toNs}&t=${Math.round(endNs / 2)}`,
      );
      await page.waitForTimeout(1_500);
      const shown = await page.evaluate(() => {
        const canvas = document.querySelector('canvas[data-testid=canvas]');
        const box = canvas.getBoundingClientRect();
        const lanes = [...document.querySelectorAll('[data-testid=lane]')]
          .map((each) => {
            const { top, height } = each.getBoundingClientRect();
            return { process: Number(each.dataset.process), top: Math.round(top - box.top), tall: Math.round(height) };
          })
          .filter((each) => each.process > 0);
        return { width: canvas.width, height: canvas.height, lanes };
      });
      const codes = (...kinds) => kinds.map((kind) => EVENT_KINDS.indexOf(kind));
      const families = { message: codes('send', 'arrive'), fn: codes('call', 'return', 'handle', 'handled'), state: codes('state') }; // prettier-ignore
      const scene = sceneOf(recording, { ...shown, ...families, slices: share < 0.5 }, window, share < 0.01);
      const floor = await browser.context.newPage();
      await floor.setContent('<!doctype html><body style="margin:0"></body>');
      await floor.addScriptTag({ path: FLOOR });
      await floor.evaluate((given) => window.startFloor(given), scene);
      const product = [];
      const bare = [];
      for (let round = 0; round <= rounds; round++) {
        await page.bringToFront();
        const one = await page.evaluate(productFrames, MOTION);
        await floor.bringToFront();
        const other = await floor.evaluate(floorFrames, { motion: MOTION, window, width: shown.width });
        // The first round fetches and compiles.
        if (round === 0) continue;
        product.push(...one);
        bare.push(...other);
      }
      results.push({
        name,
        frame: median(product),
        p95: quantile(product, 0.95),
        floor: median(bare),
        lanes: shown.lanes.length,
        singles: scene.slices.lane.length,
      });
      await page.close();
      await floor.close();
    }
  } finally {
    await browser.close();
    await server.close();
    recording.close();
  }
  return results;
}
