/** A real Chromium with its own profile, driven by a test. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { builtUi } from './made-once.js';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function findChromium(): string | undefined {
  const wanted = process.env['CHROMIUM'];
  return wanted ?? CANDIDATES.find((path) => existsSync(path));
}

export interface Browser {
  context: BrowserContext;
  /** A page that fails the test when it throws or when its security policy refuses something. */
  open(url: string, options?: { width?: number; height?: number; scheme?: 'light' | 'dark' }): Promise<Page>;
  problems: string[];
  close(): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium found: install it or name it in CHROMIUM');
  const profile = mkdtempSync(join(tmpdir(), 'elixirscope-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const problems: string[] = [];
  return {
    context,
    problems,
    open: async (url, { width = 1280, height = 720, scheme = 'light' } = {}) => {
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(url);
      await page.waitForSelector('[data-testid=app][data-ready=true]');
      return page;
    },
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** The browser view in a folder of its own, for whoever asks to remove; built once a run. */
export async function buildUi(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'elixirscope-ui-'));
  cpSync(await builtUi(), outDir, { recursive: true });
  return outDir;
}

/** Keeps a picture of the page under `artifacts/NAME`, for people to look at. */
export async function artefact(page: Page, name: string): Promise<void> {
  mkdirSync('artifacts', { recursive: true });
  await page.screenshot({ path: join('artifacts', name) });
}
