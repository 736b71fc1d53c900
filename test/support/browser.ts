/** What a browser test stands on: its place in the Chromium of this run, pages in it, and recordings served to them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser as PlaywrightBrowser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest';
import type { Recording } from '../../src/recording/index.js';
import { serveRecording, type Served, type ServeOptions } from '../../src/server/index.js';
import { builtUi, serverPrograms } from './made-once.js';

export interface TestBrowser {
  readonly context: BrowserContext;
  /** What the pages of this test threw, logged as an error, or were refused by their security policy. A test that ends with any has failed. */
  readonly problems: string[];
  /** Opens the view. A page that was opened in a test is closed after it, one from `beforeAll` after all. */
  open(url: string, options?: { width?: number; height?: number; scheme?: 'light' | 'dark' }): Promise<Page>;
  /** Serves a recording with the built view; server and recording are closed when the tests here are over. */
  serve(recording: Recording, options?: Omit<ServeOptions, 'uiDirectory'>): Promise<Served>;
}

/** What is waited for comes, but ten times as late where ten others work on the same machine. */
async function newContext(browser: PlaywrightBrowser): Promise<BrowserContext> {
  const context = await browser.newContext();
  context.setDefaultTimeout(90_000);
  return context;
}

const opener =
  (context: BrowserContext, problems: string[]): TestBrowser['open'] =>
  async (url, { width = 1280, height = 720, scheme = 'light' } = {}) => {
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
  };

/** For the top of a test file or of a `describe`: registers what begins and ends with the tests there. */
export function useBrowser(): TestBrowser {
  let context: BrowserContext | undefined;
  const problems: string[] = [];
  const servers: Served[] = [];
  const recordings = new Set<Recording>();
  let kept = new Set<Page>();

  beforeAll(async () => {
    const address = inject('browserAddress');
    if (address === undefined) throw new Error('no Chromium found: install it or name it in CHROMIUM');
    const browser = await chromium.connect(address);
    context = await newContext(browser);
  });
  beforeEach(() => {
    kept = new Set(context?.pages());
  });
  afterEach(async () => {
    for (const page of context?.pages() ?? []) if (!kept.has(page)) await page.close();
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    const browser = context?.browser();
    await context?.close();
    await browser?.close();
    for (const server of servers) await server.close();
    for (const recording of recordings) recording.close();
  });

  const there = (): BrowserContext => {
    if (context === undefined) throw new Error('the browser is there from beforeAll on');
    return context;
  };
  return {
    get context() {
      return there();
    },
    problems,
    open: (url, options) => opener(there(), problems)(url, options),
    serve: async (recording, options = {}) => {
      recordings.add(recording);
      if (options.other !== undefined) recordings.add(options.other);
      const served = await serveRecording(recording, {
        programs: await serverPrograms(),
        ...options,
        uiDirectory: await builtUi(),
      });
      servers.push(served);
      return served;
    },
  };
}

/** Nothing of the page has changed for a while: what was asked for has come, and is shown. */
export const atRest = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const rested = (): void => {
          observer.disconnect();
          resolve();
        };
        let timer = setTimeout(rested, 400);
        const observer = new MutationObserver(() => {
          clearTimeout(timer);
          timer = setTimeout(rested, 400);
        });
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      }),
  );

/** Keeps a picture of the page under `artifacts/NAME`, for people to look at. */
export async function artefact(page: Page, name: string): Promise<void> {
  mkdirSync('artifacts', { recursive: true });
  await page.screenshot({ path: join('artifacts', name) });
}
