/** Stack, variables, source and depth in a real browser, on a recording that is known line by line. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DepthChange, Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { codeRecording, DEPOT, longRecording } from '../support/code-recording.js';
import { shopRecording } from '../support/shop-recording.js';

const { recording, depot, takes } = codeRecording(60);
const take = takes[6]!;
const browser = useBrowser();
let served: Served;
let page: Page;

beforeAll(async () => {
  served = await browser.serve(recording);
});

const at = (seq: number, more = ''): string => `${served.url}#p=${String(depot)}&t=e${String(seq)}${more}`;
const panelAt = (seq: number): Promise<unknown> =>
  page.waitForSelector(`[data-testid=process-panel][data-moment="${String(seq)}"]`);
const frames = (): Promise<string[]> => page.getByTestId('frame').locator('.frame-name').allTextContents();
const variable = (name: string): Promise<string> =>
  page.locator(`[data-testid=variable][data-name="${name}"] .tree-value`).first().innerText();
const row = (line: number) => page.locator(`[data-testid=source-row][data-line="${String(line)}"]`);
const current = (line: number): Promise<unknown> =>
  page.waitForSelector(`[data-testid=source-row][data-line="${String(line)}"][aria-current=step]`);

describe('stack and variables', () => {
  it('show the functions under way, innermost first, and what the chosen one knows', async () => {
    page = await browser.open(at(take.inside));
    await panelAt(take.inside);
    expect(await frames()).toEqual([
      'Depot.subtract/2:15',
      ...Array.from({ length: take.count }, () => 'Depot.subtract/2:18'),
      'Depot.handle_call/3:10',
    ]);
    expect(await variable('left')).toBe(String(take.left));
    await page.getByTestId('frame').last().locator('.frame-main').click();
    await page.locator('[data-testid=variable][data-name=item]').waitFor();
    expect(await variable('count')).toBe(String(take.count));
    expect(await row(10).locator('.source-text').innerText()).toBe(DEPOT.split('\n')[9]);
    await current(10);
    await artefact(page, 'code-stack.png');
  });

  it('lead to the moment at which a variable was bound', async () => {
    page = await browser.open(at(take.lines[12]!));
    await page.locator('[data-testid=variable][data-name=left] .variable-line').click();
    await panelAt(take.lines[10]!);
    expect((await frames())[0]).toBe('Depot.handle_call/3:10');
  });

  it('say that nothing is under way, and what to record when lines are missing', async () => {
    page = await browser.open(at(take.handle - 1));
    await page.getByTestId('stack').getByText('nothing under way').waitFor();
    expect(await page.getByTestId('variables').count()).toBe(0);
    const seq = take.call;
    await page.getByTestId('moment').fill(`#${String(seq)}`);
    await page.getByTestId('moment').press('Enter');
    await panelAt(seq);
    const why = await page.getByTestId('why').innerText();
    expect(why).toContain('lines are not recorded');
    expect(why).toContain("--depth 'Depot=lines'");
  });
});

describe('the source', () => {
  it('shows what ran and how often, and what did not', async () => {
    page = await browser.open(at(take.lines[12]!, '&src=Elixir.Depot:12'));
    await current(12);
    await page.waitForSelector('[data-line="10"] .source-count[data-count="60"]');
    expect(await row(18).locator('.source-count').innerText()).toBe(
      String(takes.reduce((sum, each) => sum + each.count, 0)),
    );
    await row(25).scrollIntoViewIfNeeded();
    expect(await row(23).locator('.source-count').innerText()).toBe('·');
    expect(await row(23).locator('.source-count').getAttribute('title')).toContain('not reached');
  });

  it('stands the values beside the lines, and those of an earlier run apart', async () => {
    page = await browser.open(at(take.lines[11]!, '&src=Elixir.Depot:11'));
    await current(11);
    await row(9).getByTestId('source-values').waitFor();
    expect(await row(9).getByTestId('source-values').innerText()).toContain(`left = ${String(take.left)}`);
    expect(await row(10).getByTestId('source-values').innerText()).toContain(
      `rest = ${String(take.left - take.count)}`,
    );
    // Line 12 has not been reached this time: what stands there is from the time before.
    expect(await row(12).getByTestId('source-values').getAttribute('class')).toContain('is-old');
    expect(await row(9).getByTestId('source-values').getAttribute('class')).not.toContain('is-old');
  });

  it('is coloured, and takes text for text', async () => {
    page = await browser.open(at(take.lines[12]!, '&src=Elixir.Depot:1!'));
    await row(1).locator('.k-keyword').first().waitFor();
    const shown = await page.locator('.source-text').allInnerTexts();
    // What turns the reading direction is shown for what it is.
    expect(shown.slice(0, 3)).toEqual(DEPOT.replace('\u202e', '‹U+202E›').split('\n').slice(0, 3));
    expect(await page.locator('.source script, .source img, .source b').count()).toBe(0);
    expect(await page.locator('.inspector img').count()).toBe(0);
    await page.getByTestId('source-search').click();
    await page.getByTestId('source-search').fill('log');
    await page.getByTestId('source-list').getByText('depot_log', { exact: true }).click();
    await page.locator('[data-testid=source][data-module=depot_log] .k-comment').first().waitFor();
    expect(await page.getByTestId('source-why').innerText()).toBe('the file is newer than the module');
    await artefact(page, 'code-erlang.png');
  });

  it('goes to the next and previous execution of a line', async () => {
    page = await browser.open(at(take.lines[12]!, '&src=Elixir.Depot:12'));
    await row(11).locator('.source-count').click();
    await panelAt(takes[7]!.lines[11]!);
    await row(11).hover();
    await row(11).getByRole('button', { name: 'Previous' }).click();
    await panelAt(take.lines[11]!);
    await current(11);
  });

  it('steps line by line with the keyboard, and everything stands in the address', async () => {
    page = await browser.open(at(take.lines[9]!, '&src=Elixir.Depot:9'));
    await current(9);
    await page.keyboard.press('l');
    await current(10);
    await page.keyboard.press('l');
    await current(18);
    expect((await frames()).length).toBe(2);
    await page.keyboard.press('L');
    await current(10);
    await page.getByTestId('frame').first().locator('.frame-main').click();
    await page.waitForFunction((seq) => location.hash.includes(`f=${String(seq)}`), take.call);
    const address = page.url();
    await page.close();
    page = await browser.open(address, { scheme: 'dark', width: 1920, height: 1080 });
    await current(10);
    await artefact(page, 'code-dark.png');
  });

  it('says why a text is missing, and what to do when there is no source at all', async () => {
    page = await browser.open(at(take.lines[9]!, '&src=Elixir.Gone:0!'));
    await page.getByTestId('source-why').getByText('no such file on the node').waitFor();
    await page.close();
    const bare = await browser.serve(shopRecording(5).recording);
    page = await browser.open(bare.url);
    await page.keyboard.press('c');
    await page.getByTestId('source-empty').getByText('--depth').waitFor();
  });

  it('shows a file of ten thousand lines by the few that are in sight', async () => {
    const long = longRecording(10_000);
    const big = await browser.serve(long);
    page = await browser.open(`${big.url}#p=${String(depot)}&t=e${String(long.end().seq)}`);
    await page.keyboard.press('c');
    await current(9_999);
    await row(9_990).locator('.k-number').first().waitFor();
    expect(await page.getByTestId('source-row').count()).toBeLessThan(80);
    await row(9_998).getByTestId('source-values').getByText('9999').waitFor();
    await page.locator('.source-body').evaluate((body) => {
      body.scrollTop = 0;
    });
    await row(1).getByText('defmodule').waitFor();
    await row(10).getByTestId('source-values').waitFor();
  });
});

describe('depth', () => {
  it('of a recording that has ended is an option to copy', async () => {
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    page = await browser.open(at(take.lines[9]!));
    await page.getByTestId('frame').first().hover();
    await page.getByTestId('depth').first().click();
    await page.getByTestId('depth-menu').locator('[data-depth=expressions]').click();
    await page.getByRole('status').getByText("Copied --depth 'Depot.handle_call/3=expressions'").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("--depth 'Depot.handle_call/3=expressions'");
  });

  it('of one that is live changes with a click', async () => {
    const live = codeRecording(5);
    live.recording.live = true;
    const changes: DepthChange[] = [];
    const open = await browser.serve(live.recording, {
      changeDepth: (change) => {
        changes.push(change);
      },
    });
    page = await browser.open(`${open.url}#p=${String(live.depot)}&t=e${String(live.takes[2]!.lines[9])}`);
    await page.getByTestId('frame').first().hover();
    await page.getByTestId('depth').first().click();
    await page.getByTestId('depth-menu').getByRole('checkbox').check();
    await page.getByTestId('depth-menu').locator('[data-depth=off]').click();
    await page.getByRole('status').getByText('Depot is recorded at depth off').waitFor();
    expect(changes).toEqual([{ module: 'Depot', function: '*', depth: 'off' }]);
  });
});

describe('a tall lane', () => {
  it('shows calls inside calls and the samples, and opens the call that is clicked', async () => {
    const ns = recording.momentOf(take.inside).ns;
    page = await browser.open(at(take.inside, `&w=${String(ns - 100_000)}-${String(ns + 100_000)}`));
    await panelAt(take.inside);
    await page.keyboard.press('x');
    await page.waitForFunction(() => location.hash.includes('tall='));
    const canvas = page.getByTestId('canvas');
    const box = (await canvas.boundingBox())!;
    // The ruler, the lane of the node, that of the process, the first level, half of the second.
    const low = 32 + 26 + 26 + 15 + 7;
    const x = await page.evaluate(({ from, to, here, width }) => ((here - from) / (to - from)) * width, {
      from: ns - 100_000,
      to: ns + 100_000,
      here: recording.momentOf(take.call).ns + 2_000,
      width: box.width,
    });
    // The second level is the call of the callback, the first the callback itself.
    // It is drawn when its calls have come: the pointer moves a little until it is there.
    let moves = 0;
    await expect
      .poll(async () => {
        await canvas.hover({ position: { x: x + (moves++ % 2), y: low } });
        return page.locator('.tooltip').getByText('Depot.handle_call/3').isVisible();
      })
      .toBe(true);
    await canvas.click({ position: { x, y: low } });
    await page
      .getByTestId('event-detail')
      .getByText(`#${String(take.call)}`)
      .first()
      .waitFor();
    await artefact(page, 'code-tall.png');
  });
});

describe('changes of depth', () => {
  it('are counted, and shown one after the other', async () => {
    page = await browser.open(served.url);
    await page.getByTestId('plans').click();
    await page.getByRole('status').getByText('Depot.subtract/2: lines → values, cost 7 % of the time').waitFor();
  });
});

describe('the player', () => {
  it('plays at a thousandth, and stops where it is told', async () => {
    page = await browser.open(at(take.lines[9]!, '&speed=0.001'));
    await panelAt(take.lines[9]!);
    const moment = async (): Promise<number> => Number(await page.getByTestId('moment').getAttribute('data-ns'));
    const before = await moment();
    await page.keyboard.press(' ');
    await page.waitForFunction(
      (ns) => Number(document.querySelector('[data-testid=moment]')?.getAttribute('data-ns')) > ns + 50_000,
      before,
    );
    await page.keyboard.press(' ');
    const stopped = await moment();
    // At real time so much would have gone by in a moment that the recording were over.
    expect(stopped).toBeLessThan(recording.end().ns);
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    expect(await moment()).toBe(stopped);
  });

  it('steps by what is chosen', async () => {
    page = await browser.open(at(take.lines[9]!));
    await panelAt(take.lines[9]!);
    await page.getByTestId('unit').selectOption('callback');
    await page.getByTestId('next-event').click();
    await panelAt(takes[7]!.handle);
    await page.getByTestId('unit').selectOption('message');
    await page.getByTestId('previous-event').click();
    await panelAt(takes[7]!.handle - 1);
    await page.keyboard.press('?');
    await page.getByTestId('help').getByText('what a step is').waitFor();
  });
});
