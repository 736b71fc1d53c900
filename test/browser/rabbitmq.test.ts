/** Somebody else's program, attached to while it works: a broker of some 300 processes in Erlang, whose source did not come along. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { box, clickProcess, namesOf, ready, still, touching } from '../support/constellation.js';
import { elixirscope, sleep } from '../support/elixirscope.js';
import { directoryOfRun } from '../support/made-once.js';
import { hasRabbitmq, publishWhile, withRabbitmq } from '../support/rabbitmq.js';

describe.skipIf(!hasRabbitmq())('an attached RabbitMQ in the browser', () => {
  const directory = directoryOfRun('rabbitmq');
  const path = join(directory, 'rabbit.escope');
  let recording: Recording;
  const browser = useBrowser();
  let served: Served;
  let page: Page;

  beforeAll(async () => {
    await withRabbitmq(directory, async ({ node, port, env }) => {
      await publishWhile(port, async () => {
        await sleep(500);
        const attached = await elixirscope(['attach', node, '--for', '4s', '--out', path], { env });
        expect(attached.code, attached.stderr).toBe(0);
      });
    });
    recording = openRecording(path);
    served = await browser.serve(recording);
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

  it('draws its system, opens and closes what belongs together, and leads from a process there to its state', async () => {
    page = await browser.open(`${served.url}#main=system`, { width: 1440, height: 900 });
    await ready(page);
    await still(page);
    const alive = recording.processesAt(recording.end()).length;
    expect(Number(await page.locator(box).getAttribute('data-alive'))).toBe(alive);
    expect(alive).toBeGreaterThan(200);
    expect(await touching(page)).toEqual([]);
    expect(await namesOf(page)).toContain('▾ rabbit');
    await artefact(page, 'rabbitmq-system.png');
    const shown = Number(await page.locator(box).getAttribute('data-shown'));
    await page.getByTestId('applications').click();
    await page.getByRole('checkbox', { name: /^rabbit / }).uncheck();
    await page.keyboard.press('Escape');
    await page.waitForFunction(({ box, shown }) => Number(document.querySelector<HTMLElement>(box)!.dataset['shown']) < shown, { box, shown }); // prettier-ignore
    await still(page);
    expect(await namesOf(page)).toContain('▸ rabbit');
    await artefact(page, 'rabbitmq-system-closed.png');
    await page.getByTestId('applications').click();
    await page.getByRole('checkbox', { name: /^rabbit / }).check();
    await page.keyboard.press('Escape');
    await page.waitForSelector(`${box}[data-shown="${String(shown)}"]`);
    await page.getByTestId('flat').click();
    await still(page);
    await clickProcess(page, busiest());
    await page.getByTestId('process-name').waitFor();
    await page.waitForFunction((process) => location.hash.includes(`p=${String(process)}`), busiest());
    await artefact(page, 'rabbitmq-system-flat.png');
    const top = page.getByTestId('top-processes').getByRole('button');
    await page.getByTestId('top-toggle').click();
    await top.first().click();
    await page.getByTestId('process-name').waitFor();
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
