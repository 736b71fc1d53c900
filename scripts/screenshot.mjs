/**
 * `node scripts/screenshot.mjs [PICTURE [RECORDING]]`: makes the picture of the browser view that the README shows, from a recording of the
 * example shop (that of `make demo` unless told otherwise), where its stock goes below zero before the first crash. Wants what `make build` makes, and Chromium.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openRecording } from '../dist/recording/index.js';
import { serveRecording } from '../dist/server/index.js';
import { printTerm } from '../dist/term/index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const picture = process.argv[2] ?? join(root, 'docs', 'images', 'cinema.png');
const path = process.argv[3] ?? join(root, 'artifacts', 'demo', 'shop.escope');
const SIZE = { width: 1440, height: 900 };
const MARGIN_NS = 5e6;

const chrome = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (one) => one && existsSync(one),
);
if (!chrome) throw new Error('no Chromium found: install it or name it in CHROMIUM');
if (!existsSync(path)) throw new Error(`there is no ${path}: record the shop first ("make demo OPEN=0")`);

/** The first crash, and the change that made the stock negative before it. */
function story(recording) {
  for (const crash of recording.crashes()) {
    const stock = recording.findProcess('Shop.Stock', crash);
    if (stock === undefined) continue;
    let cause;
    for (const state of recording.events({ processes: [stock], kinds: ['state'], to: crash }, { reverse: true })) {
      if (!printTerm(state.terms[0], { syntax: 'elixir' }).includes('=> -')) break;
      cause = state;
    }
    if (cause) return { crash, stock, cause };
  }
  throw new Error(`no stock went below zero before a crash in ${path}`);
}

const recording = openRecording(path);
const { crash, stock, cause } = story(recording);
// What crashed lives a little longer, to write its report.
const end = recording.momentOf(recording.processes()[crash.process - 1].exitSeq);
const server = await serveRecording(recording);
const profile = mkdtempSync(join(tmpdir(), 'elixirscope-picture-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: chrome,
  headless: true,
  viewport: SIZE,
  colorScheme: 'light',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  const from = Math.round(cause.ns - (crash.ns - cause.ns) / 4);
  const to = Math.round(end.ns + MARGIN_NS);
  await page.goto(`${server.url}#p=${stock}&t=e${cause.seq}&w=${from}-${to}`);
  await page.waitForSelector('[data-testid=app][data-ready=true]');
  await page.waitForSelector(`[data-testid=process-panel][data-moment="${cause.seq}"]`);
  const free = page.locator('[data-testid=state-tree] [data-path="free:"]');
  if ((await free.getAttribute('aria-expanded')) === 'false') await free.locator('> .tree-row > button.fold').click();
  await page.waitForTimeout(800);
  mkdirSync(dirname(picture), { recursive: true });
  await page.screenshot({ path: picture });
  process.stdout.write(
    `${picture}: ${Math.ceil(statSync(picture).size / 1024)} KiB, Shop.Stock at event ${cause.seq}\n`,
  );
} finally {
  await browser.close();
  await server.close();
  recording.close();
  rmSync(profile, { recursive: true, force: true });
}
