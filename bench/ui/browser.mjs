/** A headless Chromium that draws in software, and the product's own server beside it, in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const COMMAND = fileURLToPath(new URL('../../bin/elixirscope', import.meta.url));
const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** `uncapped`: the next picture as soon as one is done, so that times between them say what one costs. */
export async function startBrowser({ uncapped = false } = {}) {
  const executablePath = process.env.CHROMIUM ?? CANDIDATES.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium found: install it or name it in CHROMIUM');
  const profile = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1920, height: 1080 },
    deviceScaleFactor: 1,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--enable-precise-memory-info',
      ...(uncapped ? ['--disable-frame-rate-limit', '--disable-gpu-vsync'] : []),
    ],
  });
  let clock;
  return {
    context,
    /** Time of the processors that all of the browser has taken; other work on the machine hardly changes it. */
    cpuMs: async () => {
      clock ??= await context.browser().newBrowserCDPSession();
      const { processInfo } = await clock.send('SystemInfo.getProcessInfo');
      return processInfo.reduce((sum, each) => sum + each.cpuTime, 0) * 1000;
    },
    version: context.browser()?.version() ?? '',
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** `elixirscope open`: its address, the time until it answered, its memory so far (MB; undefined where that cannot be read), and how to end it. */
export async function serve(path) {
  const began = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'open', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text) => {
      said += text;
      const found = /http:\S+/.exec(said);
      if (found) resolve(found[0]);
    });
    child.on('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)}: ${said}`));
    });
  });
  return {
    url,
    openMs: performance.now() - began,
    pid: child.pid,
    close: async () => {
      child.removeAllListeners('exit');
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await gone;
    },
  };
}

/** Opens a page of the product and waits until lanes with marks are drawn. */
export async function openView(browser, url) {
  const page = await browser.context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(url);
  await page.waitForSelector('[data-testid=app][data-ready=true]');
  await page.waitForFunction(drawn, undefined, { timeout: 60_000 });
  return page;
}

/**
 * Whether marks are drawn in the lanes: colours are there that are neither background nor stripes nor lives, which are at most five. Looks
 * at the pixels below the ruler, so it believes nobody. Runs in the page.
 */
export function drawn() {
  const canvas = document.querySelector('canvas[data-testid=canvas]');
  if (canvas === null || canvas.width < 100 || canvas.height < 100) return false;
  const { data } = canvas.getContext('2d').getImageData(0, 32, canvas.width, Math.min(400, canvas.height) - 32);
  return new Set(new Uint32Array(data.buffer)).size > 6;
}

export const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
export const quantile = (all, q) => all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * q))];
