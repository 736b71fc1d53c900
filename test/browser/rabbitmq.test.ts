/** Somebody else's program, attached to while it works: a broker of some 300 processes in Erlang, whose source did not come along. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, readMarks, type Recording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { box, clickProcess, namesOf, ready, still, touching } from '../support/constellation.js';
import { recordedSoFar, startElixirscope, until } from '../support/elixirscope.js';
import { directoryOfRun } from '../support/made-once.js';
import { comeAndGo, hasRabbitmq, publishWhile, withRabbitmq } from '../support/rabbitmq.js';

describe.skipIf(!hasRabbitmq())('an attached RabbitMQ in the browser', () => {
  const directory = directoryOfRun('rabbitmq');
  const path = join(directory, 'rabbit.escope');
  let recording: Recording;
  const browser = useBrowser();
  let served: Served;
  let page: Page;
  /** What was shown while it was recorded: a line each. */
  const lived: string[] = [];

  /** Looks at a recording that grows, until it has been let go of, taken up again, and has come to its end. */
  async function follow(stop: () => Promise<void>): Promise<void> {
    const growing = await browser.serve(openRecording(path));
    const live = await browser.open(growing.url, { width: 1440, height: 900 });
    const button = live.getByTestId('live');
    const shownNs = (): Promise<number> => live.getByTestId('moment').getAttribute('data-ns').then(Number);
    const grown = async (): Promise<void> => {
      const before = await shownNs();
      await live.waitForFunction((ns) => Number(document.querySelector('[data-testid=moment]')?.getAttribute('data-ns')) > ns, before); // prettier-ignore
    };
    await live.getByTestId('lane').nth(10).waitFor();
    await grown();
    await grown();
    lived.push(`follows: ${(await button.innerText()).trim()}`);
    await artefact(live, 'rabbitmq-live.png');
    await live.keyboard.press('Home');
    await button.getByText('go live').waitFor();
    lived.push(`moved: ${(await button.innerText()).trim()}, at ${String(await shownNs())} ns`);
    await artefact(live, 'rabbitmq-live-let-go.png');
    await button.click();
    await grown();
    lived.push(`again: ${(await button.innerText()).trim()}`);
    await stop();
    await button.waitFor({ state: 'detached' });
    lived.push('ended');
    await live.close();
  }

  beforeAll(async () => {
    await withRabbitmq(directory, async ({ node, port, env }) => {
      await publishWhile(port, async () => {
        const attached = startElixirscope(['attach', node, '--monitors', '--out', path], { env });
        const stop = async (): Promise<void> => {
          attached.child.kill('SIGINT');
          const { code, stderr } = await attached.finished;
          expect(code, stderr).toBe(0);
        };
        await until('its states are recorded', () => recordedSoFar(path, (sofar) => (sofar.info().kinds.state ?? 0) > 20), 60_000); // prettier-ignore
        await comeAndGo(port);
        await follow(stop);
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

  it('is followed while it grows, until the moment is moved, and again, and to its end', () => {
    expect(lived).toEqual(['follows: live', 'moved: go live, at 0 ns', 'again: live', 'ended']);
  });

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

  it('answers SQL', async () => {
    page = await browser.open(`${served.url}#main=query`);
    await page.getByLabel('Most time').selectOption('300');
    await page.getByTestId('query-text').fill(`select kind, count(*) as n from events where process = ${String(busiest())} group by kind order by n desc`); // prettier-ignore
    await page.getByTestId('query-run').click();
    const handles = [...recording.events({ processes: [busiest()], kinds: ['handle'] })].length;
    await page.getByTestId('result-row').filter({ hasText: `handle${String(handles)}` }).waitFor(); // prettier-ignore
    await artefact(page, 'rabbitmq-sql.png');
  });

  it('steps from callback to callback, keeps a bookmark, goes out to all and in again, and says where it ends', async () => {
    const process = busiest();
    const [first] = recording.events({ processes: [process], kinds: ['handle'] });
    page = await browser.open(`${served.url}#p=${String(process)}&t=e${String(first!.seq)}&unit=callback`);
    const at = (seq: number) =>
      page
        .getByTestId('moment-seq')
        .getByText(`#${String(seq)}`, { exact: true })
        .waitFor();
    await at(first!.seq);
    const next = recording.nextEvent(process, recording.momentOf(first!.seq), 1, { kinds: ['handle'] })!;
    await page.keyboard.press('.');
    await at(next.seq);
    await page.keyboard.press('k');
    await page.getByTestId('mark-name').fill('second delivery');
    await page.keyboard.press('Enter');
    await page.getByTestId('flags').getByRole('button', { name: 'Bookmark second delivery' }).waitFor();
    expect(readMarks(path)).toMatchObject([{ name: 'second delivery', seq: next.seq }]);
    await page.keyboard.press(',');
    await at(first!.seq);
    await page.keyboard.press('j');
    await at(next.seq);
    // There is no source to go further in, and that is said; out to all and in again.
    await page.waitForSelector('[data-testid=breadcrumb][data-level=process]');
    await page.keyboard.press('PageDown');
    await page.getByText('The source of what it runs is not in the recording').waitFor();
    await artefact(page, 'rabbitmq-levels.png');
    await page.keyboard.press('PageUp');
    await page.waitForSelector('[data-testid=breadcrumb]:not([data-level=process])');
    await at(next.seq);
    await page.keyboard.press('PageDown');
    await page.waitForSelector('[data-testid=breadcrumb][data-level=process]');
  });

  it('offers the longest calls and says that nothing crashed, and that nothing can be printed where nothing is recorded by lines', async () => {
    page = await browser.open(served.url);
    const moments = page.getByTestId('moments');
    await moments.getByRole('heading', { name: /^Crashes/ }).waitFor();
    await moments.locator('.event-row').first().click();
    await page.getByTestId('process-name').waitFor();
    await artefact(page, 'rabbitmq-moments.png');
    await page.keyboard.press('c');
    await page.getByTestId('source-empty').waitFor();
    await page.keyboard.press('p');
    await page.getByText('No function was recorded line by line').waitFor();
    await artefact(page, 'rabbitmq-print.png');
  });

  it('tells who monitors whom', async () => {
    const monitors = new Map<number, number>();
    for (const { process } of recording.events({ kinds: ['monitor'] })) monitors.set(process, (monitors.get(process) ?? 0) + 1); // prettier-ignore
    const [process] = [...monitors].sort((a, b) => b[1] - a[1])[0] ?? [0];
    expect(process).toBeGreaterThan(0);
    page = await browser.open(`${served.url}#p=${String(process)}`);
    await page.locator('[data-testid^=relation-monitor]').first().waitFor();
    expect(await page.getByTestId('monitors-why').count()).toBe(0);
    await artefact(page, 'rabbitmq-monitors.png');
  });
});
