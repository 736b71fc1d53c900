/** An export for speedscope, opened in speedscope. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportRecording } from '../../src/export/index.js';
import { openRecording } from '../../src/recording/index.js';
import { writeSyntheticRecording } from '../../src/recording/testing/index.js';
import { useBrowser } from '../support/browser.js';

const release = dirname(createRequire(import.meta.url).resolve('speedscope/dist/release/file-format-schema.json'));
const TYPES: Record<string, string> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
};

const browser = useBrowser();
let directory: string;
let server: Server;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'elixirscope-speedscope-'));
  const path = join(directory, 'r.escope');
  writeSyntheticRecording({ path, events: 5000, processes: 30, seed: 8 });
  const recording = openRecording(path);
  await exportRecording(recording, { to: 'speedscope', out: join(directory, 'profile.json'), table: 'events' });
  recording.close();
  server = createServer((request, response) => {
    const name = basename(new URL(request.url ?? '/', 'http://x').pathname) || 'index.html';
    try {
      const body = readFileSync(join(name === 'profile.json' ? directory : release, name));
      response
        .writeHead(200, { 'content-type': TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream' })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('an export for speedscope', () => {
  it('is opened by speedscope, with all its profiles and the frames of the busiest', async () => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { profiles, activeProfileIndex } = JSON.parse(readFileSync(join(directory, 'profile.json'), 'utf8')) as {
      profiles: { name: string; events: object[] }[];
      activeProfileIndex: number;
    };
    const page = await browser.context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('dialog', (dialog) => {
      problems.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(`${base}/index.html#profileURL=${encodeURIComponent(`${base}/profile.json`)}`);
    // The title names the profile once it is shown.
    await page.waitForFunction((name) => document.body.innerText.includes(name), profiles[activeProfileIndex]!.name);
    expect(await page.evaluate(() => document.body.innerText)).toContain(
      `(${activeProfileIndex + 1}/${profiles.length})`,
    );
    // The table of "Sandwich" holds the functions of the profile.
    await page.getByText('Sandwich').click();
    await page.waitForFunction(() => /\w+\.\w+\/\d/.test(document.body.innerText));
    expect(problems).toEqual([]);
  });
});
