/**
 * Every view by the rules of `test/support/layout.ts` (nothing cut without a tooltip, nothing upon something else, nothing outside, all of the
 * scales) and the contrast of axe-core: at both sizes, light and dark, on the shop and on texts that want to break out. And that stepping moves
 * nothing that stands still.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { artefact, useBrowser } from '../support/browser.js';
import { hostileRecording, MARKUP } from '../support/hostile-recording.js';
import { calm, layoutProblems } from '../support/layout.js';
import { shopByLines } from '../support/made-once.js';
import { MemoryRecording } from '../support/memory-recording.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Place {
  recording: Recording;
  /** A process with state, and a moment in its life. */
  process: number;
  seq: number;
  /** Another one, to compare with. */
  other: number;
  /** A module with its source, and a line of it. */
  module: string;
  line: number;
  /** A variable that the line knows. */
  variable: string;
}

interface View {
  name: string;
  hash: (place: Place) => string;
  /** What has to be done beside opening the address. */
  act?: (page: Page, place: Place) => Promise<void>;
}

const at = ({ process, seq }: Place): string => `p=${String(process)}&t=e${String(seq)}`;
const source = (place: Place): string => `${at(place)}&src=${encodeURIComponent(place.module)}:${String(place.line)}!`;
const whole = ({ recording }: Place): string => `area=0-${String(recording.end().ns)}`;
const sides = ({ process, other }: Place): string => `main=compare&cmp=0.${String(process)}.0-0.${String(other)}.0-2`;
const key =
  (name: string, shown: string) =>
  async (page: Page): Promise<void> => {
    await page.keyboard.press(name);
    await page.getByTestId(shown).waitFor();
  };
const KINDS = 'select kind, count(*) as n, max(ns) as last, min(ns) as first from events group by kind order by n desc';

const views: View[] = [
  { name: 'timeline', hash: () => '' },
  { name: 'timeline-tall', hash: (place) => `${at(place)}&tall=${String(place.process)}&pin=${String(place.process)}` },
  {
    name: 'lane-menu',
    hash: () => '',
    act: async (page) => {
      await page.getByTestId('lane-menu').click();
    },
  },
  {
    name: 'process',
    hash: (place) =>
      `${at(place)}&${['stack', 'mailbox', 'relations', 'history'].map((each) => `in=fold.${each}:open`).join('&')}`,
  },
  { name: 'process-other', hash: (place) => `p=${String(place.other)}` },
  { name: 'event', hash: (place) => `${at(place)}&e=${String(place.seq)}` },
  { name: 'sides', hash: at, act: key('I', 'sides') },
  { name: 'system', hash: (place) => `main=system&flat=1&${at(place)}` },
  { name: 'compare', hash: sides },
  { name: 'messages', hash: (place) => `${at(place)}&msg=` },
  { name: 'messages-time', hash: (place) => `${at(place)}&msg=&scale=time` },
  { name: 'source', hash: source },
  { name: 'source-find', hash: (place) => `${source(place)}&in=find:d` },
  { name: 'source-go', hash: source, act: key('g', 'go-bar') },
  { name: 'source-empty', hash: () => 'src=:0' },
  {
    name: 'prints',
    hash: (place) =>
      `${source(place)}&print=${encodeURIComponent(`*${place.module}:${String(place.line)}::${place.variable}`)}`,
  },
  { name: 'area', hash: whole },
  ...(['processes', 'messages', 'errors', 'flame'] as const).map((part) => ({
    name: `area-${part}`,
    hash: (place: Place) => `${whole(place)}&tot=${part}`,
  })),
  {
    name: 'omnibox',
    hash: () => '',
    act: async (page) => {
      await key('/', 'omnibox')(page);
      await page.getByTestId('omnibox-input').fill('s');
      await page.getByTestId('omnibox').getByRole('option').first().waitFor();
    },
  },
  { name: 'query', hash: () => 'main=query' },
  {
    name: 'query-answer',
    hash: () => `main=query&sql=${encodeURIComponent(KINDS)}`,
    act: async (page) => {
      await page.getByTestId('query-run').click();
      await page.getByTestId('result').waitFor();
    },
  },
  {
    name: 'query-problem',
    hash: () => 'main=query&sql=selec',
    act: async (page) => {
      await page.getByTestId('query-run').click();
      await page.getByTestId('query-problem').waitFor();
    },
  },
  { name: 'bookmarks-empty', hash: () => 'marks=1' },
  { name: 'bookmark-dialog', hash: at, act: key('k', 'mark-dialog') },
  {
    name: 'bookmarks',
    hash: (place) => `${at(place)}&marks=1`,
    act: async (page) => {
      for (const name of ['Here it goes wrong', `${MARKUP} and so on, ${'on and '.repeat(20)}on`.slice(0, 200)]) {
        await page.keyboard.press('k');
        await page.getByTestId('mark-name').fill(name);
        await page.getByTestId('mark-text').fill(`A note about it.\n${MARKUP}`);
        await page.getByTestId('mark-save').click();
        await page.getByTestId('mark-dialog').waitFor({ state: 'hidden' });
      }
    },
  },
  { name: 'help', hash: () => '', act: key('?', 'help') },
];

async function contrast(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
    }
    const { axe } = globalThis as unknown as { axe: { run: (options: unknown) => Promise<Found> } };
    const { violations } = await axe.run({ runOnly: { type: 'rule', values: ['color-contrast'] } });
    return violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} (${node.failureSummary ?? ''})`),
    );
  });
}

const SIZES = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
] as const;

function shopPlace(recording: Recording): Place {
  const named = (name: string): number =>
    recording.processes().find((each) => each.name === `Elixir.Shop.${name}`)?.id ?? 0;
  const process = named('Stock');
  // In the middle of its changes.
  const changes = [...recording.stateChanges(process, recording.end())];
  const seq = changes[Math.floor(changes.length / 2)]?.seq ?? 1;
  return { recording, process, seq, other: named('Orders'), module: 'Elixir.Shop.Stock', line: 47, variable: 'stock' };
}

function hostilePlace(): Place {
  const { recording, server, client, state } = hostileRecording();
  const module = `Elixir.${MARKUP}`;
  return { recording, process: server, seq: state, other: client, module, line: 5, variable: 'x' };
}

/** Those where nothing of a recording stands look the same on all. */
const SAME = [
  'help',
  'lane-menu',
  'query',
  'query-answer',
  'query-problem',
  'source-empty',
  'area-errors',
  'bookmarks-empty',
];

describe('the look of every view', () => {
  const browser = useBrowser();
  const places: Record<string, Place> = {};
  const urls: Record<string, string> = {};
  /** One for all views, each a document of its own: a new tab costs as much as what is looked at in it. */
  let tab: Page;

  async function look(url: string): Promise<Page> {
    // Another address of the same document would not load it anew.
    await tab.goto('about:blank');
    await tab.setViewportSize(SIZES[0]);
    await tab.emulateMedia({ colorScheme: 'light' });
    await tab.goto(url);
    await tab.waitForSelector('[data-testid=app][data-ready=true]');
    await calm(tab);
    return tab;
  }

  beforeAll(async () => {
    places['shop'] = shopPlace(openRecording(await shopByLines()));
    places['hostile'] = hostilePlace();
    places['empty'] = { ...hostilePlace(), recording: new MemoryRecording() };
    for (const [name, { recording }] of Object.entries(places))
      urls[name] = (
        await browser.serve(recording, {
          other: recording,
          readOnly: 'a test looks at it',
        })
      ).url;
    tab = await browser.open(urls['empty']!);
  });

  for (const of of ['shop', 'hostile']) {
    for (const view of views.filter(({ name }) => of === 'shop' || !SAME.includes(name))) {
      it(`${view.name}, ${of}`, async () => {
        const page = await look(`${urls[of]!}#${view.hash(places[of]!)}`);
        await view.act?.(page, places[of]!);
        const found: Record<string, string[]> = {};
        for (const size of SIZES) {
          await page.setViewportSize(size);
          await calm(page);
          found[`at ${String(size.width)}`] = await layoutProblems(page);
          const scheme = size.width === 1280 ? 'light' : 'dark';
          await page.emulateMedia({ colorScheme: scheme });
          await calm(page);
          // The same style sheet: contrast is a matter of the views, not of what they show.
          if (of === 'shop') found[scheme] = await contrast(page);
          await artefact(page, `layout-${of}-${view.name}-${scheme}.png`);
        }
        expect(Object.values(found).flat()).toEqual([]);
      });
    }
  }

  /** Recordings with nothing in them have nothing but words to show, and these say what to do. */
  const empty: [name: string, hash: string, said: RegExp][] = [
    ['timeline', '', /nothing|no process|empty/i],
    ['system', 'main=system&flat=1', /no process/i],
    ['compare', 'main=compare', /compare/i],
    ['messages', 'msg=', /no messages/i],
    ['source', 'src=:0', /no source/i],
    ['bookmarks', 'marks=1', /bookmark/i],
    ['query', 'main=query', /question/i],
  ];
  for (const [name, hash, said] of empty) {
    it(`${name}, of an empty recording`, async () => {
      const page = await look(`${urls['empty']!}#${hash}`);
      expect(await page.locator('.left-crumbs').innerText()).toMatch(said);
      const found: string[] = [];
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        await calm(page);
        found.push(...(await layoutProblems(page)), ...(await contrast(page)));
        await artefact(page, `layout-empty-${name}-${scheme}.png`);
      }
      expect(found).toEqual([]);
    });
  }

  it('says so when the server is gone, and leaves what was seen', async () => {
    const { recording, process } = hostilePlace();
    const served = await browser.serve(recording);
    const page = await browser.open(`${served.url}#p=${String(process)}`);
    await page.getByTestId('state-tree').waitFor();
    await served.close();
    await page.getByText('disconnected').waitFor();
    await calm(page);
    expect(await layoutProblems(page)).toEqual([]);
    await page.getByTestId('state-tree').waitFor();
    await artefact(page, 'layout-server-gone.png');
    // Trying again, the browser itself complains of nobody listening.
    browser.problems.splice(0);
  });

  it('does not move what stands still while one steps', async () => {
    const place = places['shop']!;
    const page = await browser.open(`${urls['shop']!}#${at(place)}`);
    await page.getByTestId('state-tree').waitFor();
    await calm(page);
    const fixed = (): Promise<Record<string, string>> =>
      page.evaluate(() => {
        const boxes: Record<string, string> = {};
        const parts =
          '.top button, .top select, .top input, .moment, .recording, .view-switch, .minimap, .crumbs-steps, .corner, .label, .canvases, .inspector, .who, .who button, .events > header, .events > header button, .event-time, .bottom, .legend-item, .bottom-end, [data-testid=history] .section-head button, [data-testid=state] .section-head button';
        for (const [i, element] of document.querySelectorAll(parts).entries()) {
          const { left, top, width, height } = element.getBoundingClientRect();
          const row = element.classList.contains('event-time');
          const what = row
            ? 'the times of events'
            : `${element.className} ${element.getAttribute('title') ?? ''} ${String(i)}`;
          // Rows of the list go up and down; their columns stay.
          boxes[what] = [left, row ? 0 : top, width, row ? 0 : height].map((each) => each.toFixed(1)).join(' ');
        }
        return boxes;
      });
    // The first step opens what the event says; from then on it has its place.
    await page.keyboard.press('.');
    await page.getByTestId('event-detail').waitFor();
    await calm(page);
    const before = await fixed();
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const seq = await page.getByTestId('moment-seq').innerText();
      await page.keyboard.press('.');
      await page.getByTestId('moment-seq').filter({ hasNotText: seq }).waitFor();
      seen.add(await page.getByTestId('moment-seq').innerText());
      expect(await fixed()).toEqual(before);
    }
    expect(seen.size).toBe(50);
  });
});
