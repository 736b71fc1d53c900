/** What a picture of the constellation costs while one comes closer and goes back, beside bare three.js. Rounds of both in turn. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, quantile, serve, startBrowser } from './browser.mjs';
import { made, writeOrders } from './recordings.mjs';

const PROCESSES = 10_000;
const FRAMES = 60;
const RESTS = 8;
const FLOOR = fileURLToPath(new URL('constellation-floor.js', import.meta.url));
const THREE = dirname(createRequire(import.meta.url).resolve('three'));
/** Nobody answers there: the pages are put in place by the driver. */
const ORIGIN = 'http://floor.invalid/';

const MOTION = Array.from({ length: FRAMES }, (_, i) => (i < FRAMES / 2 ? -10 : 10));

/** Runs in the product's page before anything else: remembers what is handed to WebGL, so that the floor draws the very same. */
function listenToWebGl() {
  const seen = { buffers: new Map(), uniforms: new Map() };
  window.webGlBench = seen;
  const { prototype } = WebGL2RenderingContext;
  const { bufferData, bufferSubData, bindBuffer, getUniformLocation, uniformMatrix4fv, uniform1f } = prototype;
  let bound;
  prototype.bindBuffer = function (target, buffer) {
    bound = buffer;
    return bindBuffer.call(this, target, buffer);
  };
  prototype.bufferData = function (...all) {
    if (ArrayBuffer.isView(all[1])) seen.buffers.set(bound, all[1]);
    return bufferData.apply(this, all);
  };
  prototype.bufferSubData = function (...all) {
    if (ArrayBuffer.isView(all[2]) && all[1] === 0) seen.buffers.set(bound, all[2]);
    return bufferSubData.apply(this, all);
  };
  const names = new WeakMap();
  prototype.getUniformLocation = function (program, name) {
    const location = getUniformLocation.call(this, program, name);
    if (location !== null) names.set(location, name);
    return location;
  };
  prototype.uniformMatrix4fv = function (location, transpose, value, ...rest) {
    if (location !== null) seen.uniforms.set(names.get(location), Array.from(value));
    return uniformMatrix4fv.call(this, location, transpose, value, ...rest);
  };
  prototype.uniform1f = function (location, value) {
    if (location !== null) seen.uniforms.set(names.get(location), value);
    return uniform1f.call(this, location, value);
  };
}

/** Runs in the product's page: what it draws, told apart by size. */
function readScene(processes) {
  const { buffers, uniforms } = window.webGlBench;
  const all = [...buffers.values()].reverse();
  const find = (type, test) => all.find((each) => each instanceof type && test(each));
  const of = (type, length) => find(type, (each) => each.length === length);
  const radii = find(Float32Array, (each) => each.length >= processes && each.length < processes * 1.2 && of(Float32Array, each.length * 3) && of(Uint8Array, each.length * 4)); // prettier-ignore
  const marks = radii.length;
  const positions = of(Float32Array, marks * 3);
  const colours = of(Uint8Array, marks * 4);
  const index = find(Uint32Array, (each) => each.length <= marks && each.length > marks / 2);
  // Two ends of three numbers each, with a colour for each end. Messages on their way look alike, and are fewer.
  const lines = all
    .filter(
      (each) =>
        each instanceof Float32Array &&
        each !== positions &&
        each.length % 6 === 0 &&
        all.some(
          (other) =>
            other instanceof Uint8Array && other !== colours && other.length * 3 === each.length * 4 && each.length > 0,
        ),
    ) // prettier-ignore
    .sort((a, b) => b.length - a.length)[0];
  const lineColours = lines && find(Uint8Array, (each) => each !== colours && each.length * 3 === lines.length * 4);
  const canvas = [...document.querySelectorAll('canvas')].find((each) => each.getContext('webgl2') !== null);
  return {
    width: canvas.width,
    height: canvas.height,
    positions: [...positions],
    radii: [...radii],
    colours: [...colours],
    index: [...index],
    lines: [...(lines ?? [])],
    lineColours: [...(lineColours ?? [])],
    view: uniforms.get('modelViewMatrix'),
    projection: uniforms.get('projectionMatrix'),
    scale: uniforms.get('scale'),
  };
}

/** Runs in the product's page: whether a mark for every process was handed over. */
function allThere(processes) {
  const lengths = new Set([...window.webGlBench.buffers.values()].map((each) => each.length));
  return [...lengths].some((each) => each >= processes && each < processes * 1.2 && lengths.has(each * 3) && lengths.has(each * 4)); // prettier-ignore
}

async function productFrames({ motion, width, height }) {
  const on = [...document.querySelectorAll('canvas')].filter((each) => each.clientWidth > 400).at(-1);
  const box = on.getBoundingClientRect();
  const at = { clientX: box.left + width / 2, clientY: box.top + height / 2, bubbles: true, cancelable: true };
  const times = [];
  let last;
  for (const deltaY of motion) {
    const now = await new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
    if (last !== undefined) times.push(now - last);
    last = now;
    on.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY }));
  }
  return times;
}

/**
 * The picture that is drawn once more when the camera rests, `turns` times. The view asks for its frame after this does, so that it lies between
 * the two of these that saw the count of pictures change.
 */
async function productRests({ turns, width, height }) {
  const { constellation } = document.querySelector('[data-testid=constellation]');
  const on = [...document.querySelectorAll('canvas')].filter((each) => each.clientWidth > 400).at(-1);
  const box = on.getBoundingClientRect();
  const at = { clientX: box.left + width / 2, clientY: box.top + height / 2, bubbles: true, cancelable: true };
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
  const times = [];
  for (let turn = 0; turn < turns; turn++) {
    await frame();
    const { frames } = constellation;
    on.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: turn % 2 === 0 ? -10 : 10 }));
    for (let last = await frame(); constellation.frames < frames + 2;) {
      const now = await frame();
      if (constellation.frames === frames + 2) times.push(now - last);
      last = now;
    }
  }
  return times;
}

async function floorFrames(motion) {
  const times = [];
  let last;
  let closer = 1;
  for (const deltaY of motion) {
    const now = await new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
    if (last !== undefined) times.push(now - last);
    last = now;
    closer *= Math.exp(deltaY * 0.0012);
    window.floorDraw(closer);
  }
  return times;
}

/** An empty page with the floor in it. */
async function floorPage(browser, scene, options) {
  const floor = await browser.context.newPage();
  await floor.route(`${ORIGIN}**`, async (route) => {
    const name = route.request().url().slice(ORIGIN.length);
    if (name === '')
      await route.fulfill({ contentType: 'text/html', body: '<!doctype html><body style="margin:0"><script type="module" src="./floor.js"></script></body>' }); // prettier-ignore
    else if (name === 'floor.js')
      await route.fulfill({ contentType: 'text/javascript', body: readFileSync(FLOOR, 'utf8') });
    else if (/^three\.\w+\.js$/.test(name))
      await route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(THREE, name), 'utf8') });
    else await route.fulfill({ status: 404, body: '' });
  });
  await floor.goto(ORIGIN);
  await floor.waitForFunction(() => window.startFloor !== undefined);
  await floor.evaluate((given) => window.startFloor(given), { ...scene, ...options });
  return floor;
}

export async function constellationFrames(rounds) {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
  const path = made(join(directory, 'system.escope'), (to) =>
    writeOrders(to, { events: 300_000, processes: PROCESSES }),
  );
  const server = await serve(path);
  const browser = await startBrowser({ uncapped: true });
  try {
    const page = await browser.context.newPage();
    await page.addInitScript(listenToWebGl);
    await page.goto(`${server.url}#main=system`);
    await page.waitForSelector('[data-testid=app][data-ready=true]');
    // The layout settles by and by.
    await page.waitForFunction(allThere, PROCESSES, { timeout: 120_000 });
    await page.waitForTimeout(5_000);
    const scene = await page.evaluate(readScene, PROCESSES);
    const floor = await floorPage(browser, scene, { antialias: false, lean: false });
    const lean = await floorPage(browser, scene, { antialias: false, lean: true });
    const smooth = await floorPage(browser, scene, { antialias: true, lean: false });
    const all = { product: [], floor: [], lean: [], cpu: [], floorCpu: [], leanCpu: [], rest: [], restFloor: [] };
    const { width, height } = scene;
    const clock = await browser.context.browser().newBrowserCDPSession();
    /** What `run` gives, and the milliseconds of processor time that all of the browser took for it. */
    const clocked = async (run) => {
      const used = async () => (await clock.send('SystemInfo.getProcessInfo')).processInfo.reduce((sum, each) => sum + each.cpuTime, 0) * 1000; // prettier-ignore
      const before = await used();
      const times = await run();
      return { times, cpu: (await used()) - before };
    };
    for (let round = 0; round <= rounds; round++) {
      await page.bringToFront();
      const product = await clocked(() => page.evaluate(productFrames, { motion: MOTION, width, height }));
      const rest = await page.evaluate(productRests, { turns: RESTS, width, height });
      await floor.bringToFront();
      const bare = await clocked(() => floor.evaluate(floorFrames, MOTION));
      await lean.bringToFront();
      const least = await clocked(() => lean.evaluate(floorFrames, MOTION));
      await smooth.bringToFront();
      const restFloor = await smooth.evaluate(floorFrames, MOTION.slice(0, RESTS));
      if (round === 0) continue;
      all.product.push(...product.times);
      all.floor.push(...bare.times);
      all.lean.push(...least.times);
      all.leanCpu.push(least.cpu / FRAMES);
      all.cpu.push(product.cpu / FRAMES);
      all.floorCpu.push(bare.cpu / FRAMES);
      all.rest.push(...rest);
      all.restFloor.push(...restFloor);
    }
    return {
      frame: median(all.product),
      p95: quantile(all.product, 0.95),
      floor: median(all.floor),
      // The same with lines as plain as the product's.
      lean: median(all.lean),
      // Of all processes of the browser: hardly changes with what else the machine does.
      cpu: median(all.cpu),
      floorCpu: median(all.floorCpu),
      leanCpu: median(all.leanCpu),
      rest: median(all.rest),
      restFloor: median(all.restFloor),
      processes: scene.index.length,
      edges: scene.lines.length / 6,
      pixels: width * height,
    };
  } finally {
    await browser.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
