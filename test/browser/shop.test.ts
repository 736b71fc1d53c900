/** The whole way: the shop is recorded, opened, scrubbed; what the browser shows is what the command prints for the same moment. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../src/recording/index.js';
import { elixirscopeJson, startElixirscope, until, type Started } from '../support/elixirscope.js';
import { artefact, useBrowser } from '../support/browser.js';
import { shopOfDemo } from '../support/made-once.js';

describe('the recorded shop in the browser', () => {
  const browser = useBrowser();
  let path: string;
  let page: Page;
  let server: Started;

  beforeAll(async () => {
    path = await shopOfDemo();
    server = startElixirscope(['open', path]);
    await server.saw(/open http:\S+/);
    page = await browser.open(/open (http:\S+)/.exec(server.output().stdout)?.[1] ?? '');
  });

  afterAll(async () => {
    server.child.kill('SIGINT');
    expect((await server.finished).code).toBe(0);
  });

  it('shows while scrubbing the state that the command prints for the same moment', async () => {
    await page.getByTestId('filter').fill('Shop.Stock');
    const stock = longestLived(path, 'Elixir.Shop.Stock');
    await page.locator(`[data-testid=lane][data-process="${String(stock.id)}"]`).click();
    await page.getByTestId('process-name').filter({ hasText: 'Shop.Stock' }).waitFor();
    const box = (await page.getByTestId('canvas').boundingBox())!;
    const window = /[#&]w=(-?\d+)-(\d+)/;
    await until('the address says which window', () => Promise.resolve(window.test(page.url())));
    const [from, to] = window.exec(page.url())!.slice(1).map(Number) as [number, number];
    let seen = '';
    for (const part of [0.5, 0.7, 0.9]) {
      const ns = stock.fromNs + (stock.toNs - stock.fromNs) * part;
      const seq = await dragTo(page, box, (ns - from) / (to - from));
      expect(seq).not.toBe(seen);
      seen = seq;
      await expectSameState(page, path, seq);
      await artefact(page, `shop-${part * 100}.png`);
    }
  });

  it('leads from a value to the message that caused it', async () => {
    const row = page.locator('[data-testid=state-tree] [data-path^="free:/"]').first();
    await row.hover();
    await row.getByRole('button', { name: 'who set this?' }).click();
    const origin = page.getByTestId('origin');
    await origin.waitFor();
    expect(await origin.innerText()).toMatch(/reserve|release|restock|ship|receive|deliver|init/);
    await artefact(page, 'shop-origin.png');
  });
});

/** Of the processes of a name, which a busy shop restarts now and then. */
function longestLived(path: string, name: string): { id: number; fromNs: number; toNs: number } {
  const recording = openRecording(path);
  const lives = recording
    .processes()
    .filter((process) => process.name === name)
    .map(({ id, spawnSeq, exitSeq }) => ({
      id,
      fromNs: recording.momentOf(spawnSeq).ns,
      toNs: exitSeq > 0 ? recording.momentOf(exitSeq).ns : recording.end().ns,
    }));
  recording.close();
  return lives.reduce((a, b) => (b.toNs - b.fromNs > a.toNs - a.fromNs ? b : a));
}

/** Drags the playhead along the ruler to a part of the window; gives the event it stands after. */
async function dragTo(page: Page, box: { x: number; y: number; width: number }, part: number): Promise<string> {
  const y = box.y + 12;
  const before = await page.getByTestId('moment-seq').innerText();
  await page.mouse.move(box.x + box.width * (part - 0.05), y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * part, y, { steps: 5 });
  await page.mouse.up();
  const shown = (): Promise<string> => page.getByTestId('moment-seq').innerText();
  // While the server looks which event the moment stands after, none is named; the panel comes with the answer.
  await until('the moment moved', async () => ![before, ''].includes(await shown()));
  let seq = '';
  await until('the panel shows that moment', async () => {
    seq = await shown();
    const panel = await page.getByTestId('process-panel').getAttribute('data-moment');
    return seq !== '' && `#${panel ?? ''}` === seq;
  });
  return seq;
}

interface Leaf {
  path: string;
  text: string;
}

/** Every number shown under `free` and `on_hand` stands in what the command prints, at its place. */
async function expectSameState(page: Page, path: string, seq: string): Promise<void> {
  // The stock is restarted now and then: the panel says which incarnation it shows.
  const pid = /<\d+\.\d+\.\d+>/.exec(await page.getByTestId('process-panel').innerText())?.[0] ?? '';
  const state = await elixirscopeJson<{ value: string }>(['state', path, pid, '--at', seq]);
  const tree = page.getByTestId('state-tree');
  for (const label of ['free', 'on_hand']) {
    const folded = tree.locator(`[data-path="${label}:"][aria-expanded=false] > .tree-row > button.fold`);
    if ((await folded.count()) > 0) await folded.click();
  }
  const leaves: Leaf[] = await tree.locator('[role=treeitem]:not([aria-expanded])').evaluateAll((nodes) =>
    nodes.map((node) => ({
      path: node.getAttribute('data-path') ?? '',
      text: node.querySelector('.tree-value')?.textContent ?? '',
    })),
  );
  const shown = leaves.filter(({ path: at }) => /^(free|on_hand):\//.test(at));
  expect(shown.length).toBeGreaterThanOrEqual(12);
  for (const { path: at, text } of shown) {
    const [label = '', key = ''] = at.split('/');
    const part = new RegExp(`${label.slice(0, -1)}: %\\{([^}]*)\\}`).exec(state.value)?.[1] ?? '';
    expect(part, `${at} at ${seq}`).toContain(`${key.replace(/ =>$/, '')} => ${text}`);
  }
}
