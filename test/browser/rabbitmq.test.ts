/** Somebody else's program, attached to while it works: a broker of some 300 processes in Erlang, whose source did not come along. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { serveRecording, type Served } from '../../src/server/index.js';
import { artefact, startBrowser, type Browser } from '../support/browser.js';
import { elixirscope, sleep } from '../support/elixirscope.js';
import { builtUi } from '../support/made-once.js';
import { hasRabbitmq, publishWhile, withRabbitmq } from '../support/rabbitmq.js';

describe.skipIf(!hasRabbitmq())('an attached RabbitMQ in the browser', () => {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-test-'));
  const path = join(directory, 'rabbit.escope');
  let recording: Recording;
  let browser: Browser;
  let served: Served;
  let page: Page | undefined;

  beforeAll(async () => {
    await withRabbitmq(directory, async ({ node, port, env }) => {
      await publishWhile(port, async () => {
        await sleep(500);
        const attached = await elixirscope(['attach', node, '--for', '4s', '--out', path], { env });
        expect(attached.code, attached.stderr).toBe(0);
      });
    });
    recording = openRecording(path);
    browser = await startBrowser();
    served = await serveRecording(recording, { uiDirectory: await builtUi() });
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

  it('draws its system, and leads from a process there to its state', async () => {
    page = await browser.open(`${served.url}#main=system`, { width: 1440, height: 900 });
    await page.getByTestId('system').waitFor();
    const top = page.getByTestId('top-processes').getByRole('button');
    if (!(await top.first().isVisible())) await page.getByTestId('top-toggle').click();
    await top.first().waitFor();
    await top.first().click();
    await page.getByTestId('process-name').waitFor();
    await artefact(page, 'rabbitmq-system.png');
  });

  it('adds up an area: functions, and messages by pair', async () => {
    page = await browser.open(`${served.url}#area=0-${String(recording.end().ns)}`, { width: 1440, height: 900 });
    await page.getByTestId('area-function').first().waitFor();
    expect(await page.getByTestId('area-function').count()).toBeGreaterThan(3);
    await artefact(page, 'rabbitmq-area.png');
  });

  it('charts the messages between the busiest process and those it speaks with', async () => {
    page = await browser.open(`${served.url}#p=${String(busiest())}&msg=`, { width: 1440, height: 900 });
    await page.getByTestId('sequence-message').first().waitFor();
    expect(await page.locator('.sequence-head').count()).toBeGreaterThan(1);
    await artefact(page, 'rabbitmq-messages.png');
  });

  it('says that no source came along, and how one would', async () => {
    page = await browser.open(`${served.url}#p=${String(busiest())}`);
    await page.keyboard.press('c');
    await page.getByTestId('source-empty').waitFor();
    await artefact(page, 'rabbitmq-source.png');
  });

  it('finds a process by its name, and where two of the same kind differ', async () => {
    page = await browser.open(served.url);
    await page.keyboard.press('/');
    await page.getByTestId('omnibox-input').fill('rabbit_');
    const options = page.getByTestId('omnibox').getByRole('option');
    await options.first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('process-name').getByText('rabbit').waitFor();
    await page.close();
    const process = String(busiest());
    page = await browser.open(`${served.url}#main=compare&cmp=0.${process}.0-0.${process}.0-0`);
    await page.getByTestId('compare-summary').getByText('No difference').waitFor();
    await artefact(page, 'rabbitmq-compare.png');
  });
});
