/** Every view by the rules of axe-core (WCAG 2.1 A and AA: names, roles, contrast), in both colours; and that the keyboard alone gets everywhere. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/server/index.js';
import { atRest, useBrowser } from '../support/browser.js';
import { codeRecording } from '../support/code-recording.js';
import { shopRecording } from '../support/shop-recording.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (options: unknown) => Promise<{ violations: Violation[] }> };
    };
    const result = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
    return result.violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3) }));
  });
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} (${node.failureSummary ?? ''})`).join('; ')}`,
  );
}

describe('accessibility', () => {
  const shop = shopRecording(200);
  const code = codeRecording(20);
  const browser = useBrowser();
  let ofShop: Served;
  let ofCode: Served;

  beforeAll(async () => {
    ofShop = await browser.serve(shop.recording);
    ofCode = await browser.serve(code.recording);
  });

  const { stock } = shop;
  const end = shop.recording.end().ns;
  const views: [name: string, served: () => Served, hash: string][] = [
    ['nothing chosen', () => ofShop, ''],
    ['a process', () => ofShop, `p=${String(stock)}`],
    ['messages', () => ofShop, `p=${String(stock)}&msg=`],
    ['an area', () => ofShop, `area=0-${String(end)}`],
    ['the system', () => ofShop, `p=${String(stock)}&main=system`],
    ['the system, flat', () => ofShop, 'main=system&flat=1'],
    ['two processes', () => ofShop, `main=compare&cmp=0.${String(stock)}.0-0.${String(stock)}.0-0`],
    ['nothing to compare', () => ofShop, 'main=compare'],
    [
      'the source',
      () => ofCode,
      `p=${String(code.depot)}&t=e${String(code.takes[3]?.inside ?? 0)}&src=Elixir.Depot:11`,
    ],
  ];
  for (const [name, served, hash] of views) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`finds nothing wrong with ${name}, ${scheme}`, async () => {
        const page = await browser.open(`${served().url}#${hash}`, { scheme });
        await atRest(page);
        expect(await violations(page)).toEqual([]);
        await page.close();
      });
    }
  }

  it('finds nothing wrong with the help and the omnibox', async () => {
    const page = await browser.open(ofShop.url);
    for (const key of ['?', '/']) {
      await page.keyboard.press(key);
      await page.locator('dialog[open]').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
    }
    await page.close();
  });

  it('lets Tab reach what can be clicked, and shows where it stands', async () => {
    const page = await browser.open(`${ofShop.url}#p=${String(stock)}`);
    await page.getByTestId('state-tree').waitFor();
    const reached = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return undefined;
        // A field may leave it to the frame around it.
        const shown = [element, element.parentElement].some((each) => {
          if (each === null) return false;
          const { outlineStyle, boxShadow } = getComputedStyle(each);
          return outlineStyle !== 'none' || boxShadow !== 'none';
        });
        return { name: element.getAttribute('data-testid') ?? element.className, shown };
      });
      if (at === undefined) continue;
      expect(at.shown, `the focus on ${at.name} can be seen`).toBe(true);
      reached.add(at.name);
    }
    expect(reached.size).toBeGreaterThan(8);
    await page.close();
  });
});
