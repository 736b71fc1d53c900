/** Somebody else's program, attached to while it works: a broker of some 300 processes in Erlang, whose source did not come along. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { serveRecording, type Served } from '../../src/server/index.js';
import { artefact, buildUi, startBrowser, type Browser } from '../support/browser.js';
import { elixirscope, sleep } from '../support/elixirscope.js';
import { hasRabbitmq, publishWhile, withRabbitmq } from '../support/rabbitmq.js';

describe.skipIf(!hasRabbitmq())('an attached RabbitMQ in the browser', () => {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-test-'));
  const path = join(directory, 'rabbit.escope');
  let uiDirectory: string;
  let recording: Recording;
  let browser: Browser;
  let served: Served;
  let page: Page | undefined;

  beforeAll(async () => {
    uiDirectory = await buildUi();
    await withRabbitmq(directory, async ({ node, port, env }) => {
      await publishWhile(port, async () => {
        await sleep(500);
        const attached = await elixirscope(['attach', node, '--for', '4s', '--out', path], { env });
        expect(attached.code, attached.stderr).toBe(0);
      });
    });
    recording = openRecording(path);
    browser = await startBrowser();
    served = await serveRecording(recording, { uiDirectory });
  });
  afterEach(async () => {
    await page?.close();
    page = undefined;
    expect(browser.problems).toEqual([]);
  });
  afterAll(async () => {
    await served.close();
    await browser.close();
    recording.close();
    rmSync(uiDirectory, { recursive: true, force: true });
    rmSync(directory, { recursive: true, force: true });
  });

  /** The process with the most state changes that handled a delivery: the queue under load. */
  const busiest = (): number => {
    const counts = new Map<number, number>();
    for (const event of recording.events({ kinds: ['handle'] }))
      counts.set(event.process, (counts.get(event.process) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  };

  it('shows its lanes, and of the busiest process the state in the words of Erlang', async () => {
    const process = busiest();
    expect(process).toBeGreaterThan(0);
    page = await browser.open(`${served.url}#p=${String(process)}`);
    await page.getByTestId('lane').first().waitFor();
    await page.getByTestId('state-tree').waitFor();
    expect(await page.getByTestId('state-tree').innerText()).toMatch(/#?\{|\[/);
    expect(await page.getByTestId('events').locator('.event-row').count()).toBeGreaterThan(5);
    await artefact(page, 'rabbitmq-timeline.png');
  });
});
