/** The constellation as a test sees it: where processes lie in the picture, which names it has, and when it has come to rest. */
import type { Page } from 'playwright-core';
import { touchingPairs, type PlacedBox } from './labels.js';

interface Shown {
  screenOf(process: number): { x: number; y: number; radius: number } | undefined;
  placeOf(process: number): { x: number; y: number; z: number } | undefined;
  frames: number;
  labels: readonly (PlacedBox & { text: string })[];
}
export type Box = HTMLElement & { constellation: Shown };

/** The picture. */
export const box = '[data-testid=constellation]';
/** Laid out for good, and the numbers are those of the window. */
export const ready = (on: Page): Promise<unknown> => on.waitForSelector(`${box}[data-layout=final][data-settled=true]`);
/** Nothing has been drawn for some pictures of the screen: what was under way has come. */
export const still = (on: Page): Promise<unknown> =>
  on.evaluate(async (selector) => {
    const view = document.querySelector<Box>(selector)!.constellation;
    for (let frames = -1, quiet = 0; quiet < 12; quiet++) {
      if (view.frames !== frames) quiet = 0;
      frames = view.frames;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }, box);
/** Where a process is in the picture; undefined: it is not. */
export const screenOf = (on: Page, process: number) =>
  on.evaluate(({ selector, process }) => document.querySelector<Box>(selector)!.constellation.screenOf(process), { selector: box, process }); // prettier-ignore
/** Where a process lies, whatever the camera. */
export const placeOf = (on: Page, process: number) =>
  on.evaluate(({ selector, process }) => document.querySelector<Box>(selector)!.constellation.placeOf(process), { selector: box, process }); // prettier-ignore
/** The names as they are drawn now. */
const labelsOf = (on: Page) =>
  on.evaluate((selector) => {
    const { labels } = document.querySelector<Box>(selector)!.constellation;
    return labels.map(({ text, left, top, width, height }) => ({ text, left, top, width, height }));
  }, box);
/** Pairs of names that touch. */
export const touching = async (on: Page): Promise<string[]> =>
  touchingPairs(await labelsOf(on)).map(([a, b]) => `${a.text} over ${b.text}`);
export const namesOf = async (on: Page): Promise<string[]> => (await labelsOf(on)).map(({ text }) => text);
export async function clickProcess(on: Page, process: number): Promise<void> {
  const spot = (await screenOf(on, process))!;
  await on.getByTestId('constellation-canvas').click({ position: { x: spot.x, y: spot.y } });
}
