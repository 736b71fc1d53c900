/**
 * `node scripts/pictures.mjs [RECORDING [FOLDER]]`: makes the pictures of the browser view in README and docs, from a recording of the example shop (that of
 * `make demo` unless told otherwise), where its stock goes below zero before the first crash. Wants what `make build` makes, and Chromium.
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
const path = process.argv[2] ?? join(root, 'artifacts', 'demo', 'shop.escope');
const folder = process.argv[3] ?? join(root, 'docs', 'images');
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

/** The number that went below zero, and who wrote it. */
async function cinema(page) {
  await page.waitForSelector(`[data-testid=process-panel][data-moment="${cause.seq}"]`);
  const free = page.locator('[data-testid=state-tree] [data-path="free:"]');
  if ((await free.getAttribute('aria-expanded')) === 'false') await free.locator('> .tree-row > button.fold').click();
  const item = free.locator('[role=treeitem]').filter({ has: page.locator('.tree-value', { hasText: /^-/ }) });
  await item.first().locator('.tree-value').first().click();
  await page.waitForSelector('[data-testid=trail-step]');
}

const from = Math.round(cause.ns - (crash.ns - cause.ns) / 4);
const to = Math.round(end.ns + MARGIN_NS);
const moment = `t=e${cause.seq}&w=${from}-${to}`;
const PICTURES = [
  { name: 'cinema', hash: `p=${stock}&${moment}`, set: cinema },
  {
    name: 'system',
    hash: `main=system&p=${stock}&${moment}`,
    set: (page) => page.waitForSelector('[data-testid=constellation-canvas]'),
  },
  {
    name: 'area',
    hash: `${moment}&area=${from}-${to}`,
    set: (page) => page.waitForSelector('[data-testid=area-function]'),
  },
  {
    name: 'messages',
    hash: `p=${stock}&${moment}&msg=`,
    set: (page) => page.waitForSelector('[data-testid=sequence-message]'),
  },
  {
    name: 'source',
    hash: `p=${stock}&${moment}`,
    // The line that it had run last.
    set: async (page) => {
      await page.keyboard.press('L');
      await page.keyboard.press('c');
      await page.waitForSelector('[data-testid=source-row]');
    },
  },
];

try {
  mkdirSync(folder, { recursive: true });
  for (const { name, hash, set } of PICTURES) {
    const page = await browser.newPage();
    await page.goto(`${server.url}#${hash}`);
    await page.waitForSelector('[data-testid=app][data-ready=true]');
    await set(page);
    // What is still on its way arrives.
    await page.waitForTimeout(2000);
    const picture = join(folder, `${name}.png`);
    await page.screenshot({ path: picture });
    process.stdout.write(`${picture}: ${Math.ceil(statSync(picture).size / 1024)} KiB\n`);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
  recording.close();
  rmSync(profile, { recursive: true, force: true });
}
