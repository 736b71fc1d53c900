/** Global set-up of the browser tests: one Chromium for all files; each file has a context of its own in it, with storage and a cache that no other sees. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to connect to it; `undefined` where no Chromium was found. */
    browserAddress: string | undefined;
  }
}

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const executablePath = process.env['CHROMIUM'] ?? CANDIDATES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    project.provide('browserAddress', undefined);
    return undefined;
  }
  // Whatever it writes goes with it.
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-browser-'));
  const server = await chromium.launchServer({
    executablePath,
    headless: true,
    env: { ...process.env, TMPDIR: directory, HOME: directory },
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
  project.provide('browserAddress', server.wsEndpoint());
  return async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
}
