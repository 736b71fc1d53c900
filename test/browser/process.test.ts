/** One process in time, and the levels from the system down to one expression, in a real browser. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import type { Served } from '../../src/server/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { until } from '../support/elixirscope.js';
import { ORDER, writePast, type Past } from '../support/history-recording.js';
import { madeOnce, shopByLines } from '../support/made-once.js';

const browser = useBrowser();
let page: Page;

const seqShown = async (seq: number): Promise<void> => {
  await page
    .getByTestId('moment-seq')
    .getByText(`#${String(seq)}`, { exact: true })
    .waitFor();
};
const level = (name: string): Promise<void> => page.locator(`[data-testid=breadcrumb][data-level=${name}]`).waitFor();

describe('a process with a past', () => {
  let past: Past;
  let recording: Recording;
  let served: Served;
  beforeAll(async () => {
    let written: Past | undefined;
    const path = await madeOnce('past.escope', (at) => (written = writePast(at, 100_000)));
    if (written === undefined) throw new Error('somebody else made it');
    past = written;
    recording = openRecording(path);
    served = await browser.serve(recording);
  });
  const open = async (process: number, rest: string, scheme: 'light' | 'dark' = 'light'): Promise<void> => {
    page = await browser.open(`${served.url}#p=${String(process)}&${rest}`, { scheme, width: 1440, height: 900 });
    await page.getByTestId('process-name').waitFor();
  };

  it('leads from a value through two processes to the message that wrote it', async () => {
    await open(past.store, `t=e${String(past.end)}`);
    const row = page.locator('[data-testid=state-tree] [data-path="orders:/0"]');
    await row.hover();
    await row.getByRole('button', { name: 'who set this?' }).click();
    const steps = page.getByTestId('trail-step');
    await steps.first().waitFor();
    expect(
      await steps.evaluateAll((all) => all.map((each) => `${each.dataset['what']!} ${each.dataset['process']!}`)),
    ).toEqual([
      `state ${String(past.store)}`,
      `callback ${String(past.store)}`,
      `message ${String(past.desk)}`,
      `state ${String(past.desk)}`,
      `callback ${String(past.desk)}`,
      `message ${String(past.client)}`,
    ]);
    expect(await page.getByTestId('origin').innerText()).toContain('it was in its state, at last');
    await artefact(page, 'process-trail.png');
    // The first cause: the client's message. Going there keeps the trail.
    await steps.last().locator('button').click();
    await seqShown(past.toDesk);
    expect(await page.getByTestId('process-name').innerText()).toBe('Past.Client');
    expect(await steps.last().innerText()).toContain(ORDER);
    // The address brings the trail back.
    await until('the address tells the trail', async () => (await page.evaluate(() => location.hash)).includes('who='));
    await page.reload();
    await steps.last().waitFor();
    expect(await steps.count()).toBe(6);
  });

  it('compares the state with any other moment, also side by side', async () => {
    const [early, late] = [past.changes[99]!, past.changes[4_999]!];
    await open(past.busy, `t=e${String(early)}`);
    await page.getByTestId('state-diff').getByText('99', { exact: true }).waitFor();
    await page.keyboard.press('i');
    await page.getByTestId('moment').fill(`#${String(late)}`);
    await page.keyboard.press('Enter');
    await page.getByTestId('state-diff').getByText('100', { exact: true }).waitFor();
    expect(await page.getByTestId('state-diff').innerText()).toMatch(/n\s+100\s*→\s*5000/);
    await page.getByTestId('side-by-side').click();
    const sides = page.getByTestId('sides');
    await sides.locator('td').first().waitFor();
    expect(await sides.locator('td').allInnerTexts()).toEqual(['−\n%{n: 100}', '+\n%{n: 5000}']);
    await artefact(page, 'process-sides.png');
    await page.keyboard.press('Escape');
    await page.getByTestId('compare-with').selectOption('start');
    await page.getByTestId('state-diff').getByText('1', { exact: true }).waitFor();
    expect(await page.getByTestId('state-diff').innerText()).toMatch(/n\s+1\s*→\s*5000/);
    await page.getByTestId('compare-with').selectOption('before');
    await page.getByTestId('state-diff').getByText('4999', { exact: true }).waitFor();
  });

  it('steps through a hundred thousand changes on a strip', async () => {
    const here = past.changes[50_000]!;
    await open(past.busy, `t=e${String(here)}`, 'dark');
    const strip = page.locator('[data-testid=history-strip][data-exact=true]');
    await strip.waitFor();
    expect(await strip.getAttribute('data-total')).toBe('100000');
    const now = page.locator('[data-testid=history-steps] [aria-current=step]');
    expect(await now.innerText()).toMatch(/n\s+50000\s*→\s*50001/);
    expect(await page.locator('[data-testid=history-steps] .step').count()).toBe(5);
    await strip.focus();
    await page.keyboard.press('ArrowRight');
    await seqShown(past.changes[50_001]!);
    await page.keyboard.press('ArrowLeft');
    await seqShown(here);
    await page.keyboard.press('End');
    await seqShown(past.changes.at(-1)!);
    await page.keyboard.press('Home');
    await seqShown(past.changes[0]!);
    // The first change has no neighbours before it.
    await expect.poll(() => page.locator('[data-testid=history-steps] .step').count()).toBe(3);
    await page.locator('[data-testid=history-steps] .step').last().click();
    await seqShown(past.changes[2]!);
    const box = await strip.locator('canvas').boundingBox();
    await page.mouse.click(box!.x + box!.width / 2, box!.y + 20);
    await until('the moment is a change in the middle', async () => {
      const seq = Number((await page.getByTestId('moment-seq').innerText()).slice(1));
      return past.changes.indexOf(seq) > 30_000 && past.changes.indexOf(seq) < 70_000;
    });
    await artefact(page, 'process-history.png');
  });

  it('shows a huge state, and of two of them only what differs', async () => {
    await open(past.huge, `t=e${String(past.end)}`);
    await page.getByTestId('state-diff').getByText('"entry -10000"').waitFor();
    await page.keyboard.press('I');
    const sides = page.getByTestId('sides');
    await sides.getByText('1 line differs').waitFor();
    expect(await sides.locator('tr').count()).toBeLessThan(20);
    expect(await sides.locator('ins').allInnerTexts()).toEqual(['-']);
    await artefact(page, 'process-huge.png');
  });

  it('says of a process that did nothing that there is nothing', async () => {
    await open(past.idle, `t=e${String(past.end)}`);
    await page.getByTestId('history').getByText('No callback and no state of it is recorded').waitFor();
    await page.getByTestId('state').getByText('No state recorded').waitFor();
    expect(await page.getByTestId('history-strip').count()).toBe(0);
    await page.getByTestId('relations').getByRole('button', { name: /Links/ }).click();
    await page.getByTestId('relation-links').getByText('none').waitFor();
    await page.getByTestId('relation-parent').getByText('none, or not known').waitFor();
    expect(await page.getByTestId('relations').getByText(/^\+/).count()).toBe(0);
    await artefact(page, 'process-empty.png');
  });
});

describe('the levels of the recorded shop', () => {
  let recording: Recording;
  let served: Served;
  beforeAll(async () => {
    recording = openRecording(await shopByLines());
    served = await browser.serve(recording);
  });

  /** A moment in the middle of a callback of the stock, at a line of it. */
  function insideStock(): { process: number; seq: number } {
    const process = recording.findProcess('Shop.Stock', recording.end())!;
    let seen = 0;
    for (const event of recording.events({ processes: [process], kinds: ['line'] })) {
      const values = event.terms[0];
      if (values?.kind === 'list' && values.elements.length > 0 && ++seen === 40) return { process, seq: event.seq };
    }
    throw new Error('the stock was not recorded by lines');
  }

  it('goes in from the system to one expression and out again, and keeps the moment', async () => {
    const { process, seq } = insideStock();
    page = await browser.open(`${served.url}#p=${String(process)}&t=e${String(seq)}&level=system&main=system`);
    await level('system');
    await seqShown(seq);
    const way = ['application', 'process', 'module', 'function', 'line', 'expression'];
    for (const name of way) {
      // What lies below may have to be fetched first.
      await until(`the level is ${name}`, async () => {
        if ((await page.getByTestId('breadcrumb').getAttribute('data-level')) === name) return true;
        await page.keyboard.press('PageDown');
        return false;
      });
      await seqShown(seq);
      if (name === 'application') expect(await page.getByTestId('filter').inputValue()).toBe('app:shop');
      if (name === 'module') await page.getByTestId('source').waitFor();
      await artefact(page, `level-${name}.png`);
    }
    expect(await page.getByTestId('crumb-application').innerText()).toBe('shop');
    expect(await page.getByTestId('crumb-process').innerText()).toBe('Shop.Stock');
    expect(await page.getByTestId('crumb-module').innerText()).toMatch(/^Shop\.Stock/);
    const label = await page.getByTestId('crumb-expression').innerText();
    const card = page.getByTestId('expression-card');
    await card.locator('code').first().waitFor();
    expect(await card.innerText()).toContain(label);
    // A reload is at the same level, of the same value, at the same moment.
    await until('the address tells the level', async () =>
      (await page.evaluate(() => location.hash)).includes('level=expression'),
    );
    await page.reload();
    await level('expression');
    await seqShown(seq);
    for (const name of [...way].reverse().slice(1)) {
      await page.keyboard.press('PageUp');
      await level(name);
    }
    await page.keyboard.press('PageUp');
    await level('system');
    await seqShown(seq);
    expect(await page.getByTestId('crumb-system').getAttribute('aria-current')).toBe('location');
  });

  it('takes alt and the wheel, the crumbs, their menus and the back button', async () => {
    const { process, seq } = insideStock();
    page = await browser.open(`${served.url}#p=${String(process)}&t=e${String(seq)}`);
    await level('process');
    const lanes = await page.getByTestId('canvas').boundingBox();
    await page.mouse.move(lanes!.x + 200, lanes!.y + 200);
    await page.keyboard.down('Alt');
    await page.mouse.wheel(0, 120);
    await level('application');
    await page.waitForTimeout(350);
    await page.mouse.wheel(0, 120);
    await level('system');
    await page.keyboard.up('Alt');
    await until('the address tells it', async () =>
      (await page.evaluate(() => location.hash)).includes('level=system'),
    );
    await page.goBack();
    await level('application');
    await page.getByTestId('crumb-process').click();
    await level('process');
    await seqShown(seq);
    await page.getByTestId('crumb-menu-process').click();
    await page.getByRole('menuitem', { name: 'Shop.Catalog', exact: false }).first().click();
    await page.getByTestId('process-name').getByText('Shop.Catalog').waitFor();
    await seqShown(seq);
    await artefact(page, 'levels-menu.png');
  });

  it('tells since when a process is linked, who started it, and whether monitors were recorded', async () => {
    const { process, seq } = insideStock();
    page = await browser.open(`${served.url}#p=${String(process)}&t=e${String(seq)}`, { width: 1920, height: 1080 });
    const links = page.getByTestId('relation-links').locator('li').first();
    await links.waitFor();
    expect(await links.innerText()).toMatch(/Shop\.Stock\.Supervisor[^]*linked \+1?\d\.\d+s/);
    expect(await page.getByTestId('relation-parent').innerText()).toContain('Shop.Stock.Supervisor');
    await page.getByTestId('monitors-why').waitFor();
    await artefact(page, 'process-relations.png');
  });
});
