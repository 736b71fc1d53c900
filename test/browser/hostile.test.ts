/** Whatever a recorded program says is text: it becomes no element, runs nothing, turns nothing around, and does not fill the browser. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/server/index.js';
import { artefact, atRest, useBrowser } from '../support/browser.js';
import { hostileRecording, MARKUP, MEGABYTES } from '../support/hostile-recording.js';

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

describe('hostile text', () => {
  const { recording, server, client, state } = hostileRecording();
  const browser = useBrowser();
  let served: Served;

  beforeAll(async () => {
    served = await browser.serve(recording);
  });

  /** A page, and how much the server said to it. */
  async function look(hash: string): Promise<{ page: Page; heard: () => number }> {
    let bytes = 0;
    browser.context.once('page', (opened) => {
      opened.on('websocket', (socket) => {
        socket.on('framereceived', ({ payload }) => {
          bytes += payload.length;
        });
      });
    });
    return { page: await browser.open(`${served.url}#${hash}`), heard: () => bytes };
  }

  async function expectHarmless(page: Page): Promise<void> {
    const found = await page.evaluate(() => ({
      hacked: 'hacked' in globalThis,
      scripts: document.querySelectorAll('body script').length,
      pictures: [...document.querySelectorAll('img')].map((img) => img.getAttribute('src')),
      text: document.body.innerText,
      tips: [...document.querySelectorAll('[title],[aria-label]')].map(
        (each) => `${each.getAttribute('title') ?? ''}${each.getAttribute('aria-label') ?? ''}`,
      ),
      wide: document.documentElement.scrollWidth - innerWidth,
      nodes: document.querySelectorAll('*').length,
    }));
    expect(found.hacked).toBe(false);
    expect(found.scripts).toBe(0);
    expect(found.pictures).toEqual(['./icon.svg']);
    expect(UNSEEN.exec(found.text)?.[0]).toBeUndefined();
    expect(found.tips.filter((tip) => UNSEEN.test(tip))).toEqual([]);
    expect(found.wide).toBeLessThanOrEqual(0);
    expect(found.text.length).toBeLessThan(200_000);
    expect(found.nodes).toBeLessThan(10_000);
  }

  const module = encodeURIComponent(`Elixir.${MARKUP}`);
  const views: Record<string, string> = {
    process: `p=${String(server)}&t=e${String(state)}`,
    crashed: `p=${String(client)}`,
    source: `p=${String(server)}&t=e${String(state - 3)}&src=${module}:5&tall=${String(server)}`,
    messages: `p=${String(server)}&msg=`,
    system: `p=${String(server)}&main=system`,
    'system-flat': `main=system&flat=1`,
    area: `area=0-6000000&grouping=application`,
    compare: `main=compare&cmp=0.${String(server)}.0-0.${String(client)}.0-0`,
  };
  for (const [name, hash] of Object.entries(views)) {
    it(`stays text in the view ${name}, and small`, async () => {
      const { page, heard } = await look(hash);
      await page.getByTestId('app').waitFor();
      await atRest(page);
      await expectHarmless(page);
      expect(heard()).toBeLessThan(MEGABYTES / 5);
      await artefact(page, `hostile-${name}.png`);
    });
  }

  it('shows what it is: the markup, letter by letter, the value of ten megabytes cut, the bytes that are no text', async () => {
    const { page } = await look(views['process'] ?? '');
    await page.getByTestId('state-tree').waitFor();
    const text = await page.getByTestId('process-panel').innerText();
    expect(text).toContain('<script>');
    expect(text).toContain('<<255, 254');
    expect(text).toContain('\\e[2J');
    expect(text).toContain('\\u202E');
  });

  it('is found, and stays text, in the omnibox', async () => {
    const { page } = await look('');
    await page.keyboard.press('/');
    await page.getByTestId('omnibox-input').fill('<script>');
    await page.getByTestId('omnibox').getByRole('option').first().waitFor();
    await atRest(page);
    await expectHarmless(page);
    await artefact(page, 'hostile-omnibox.png');
  });
});
