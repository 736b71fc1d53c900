/** The colours of the canvas, read from the style sheet, so that there is one palette. */
import { FAMILIES, type Family } from '../model/families.js';

export interface Palette {
  background: string;
  laneAlt: string;
  selected: string;
  line: string;
  faint: string;
  text: string;
  textFaint: string;
  accent: string;
  life: string;
  /** Hatching of what waits for an answer. */
  wait: string;
  crash: string;
  gap: string;
  arrow: string;
  cause: string;
  slice: string;
  sliceText: string;
  flames: readonly string[];
  family: Record<Family, string>;
  font: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const get = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const family = {} as Record<Family, string>;
  for (const each of FAMILIES) family[each] = get(`c-${each}`);
  return {
    background: get('canvas'),
    laneAlt: get('canvas-alt'),
    selected: get('canvas-selected'),
    line: get('line'),
    faint: get('line-faint'),
    text: get('text'),
    textFaint: get('text-3'),
    accent: get('accent'),
    life: get('canvas-life'),
    wait: get('c-wait'),
    crash: get('c-crash'),
    gap: get('c-gap'),
    arrow: get('c-arrow'),
    cause: get('c-cause'),
    slice: get('c-slice'),
    sliceText: get('c-slice-text'),
    flames: [1, 2, 3, 4].map((each) => get(`c-flame-${String(each)}`)),
    family,
    font: style.fontFamily,
  };
}

/** `#rrggbb` as a pixel of ImageData on a little-endian machine. */
export function pixel(colour: string): number {
  const [r, g, b] = channels(colour);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** `count` steps from a little of `over` on `under` to all of it. */
export function ramp(under: string, over: string, count: number, least: number): Uint32Array {
  const a = channels(under);
  const b = channels(over);
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const share = least + ((1 - least) * i) / (count - 1);
    const [r, g, bl] = a.map((each, k) => Math.round(each + (b[k]! - each) * share)) as [number, number, number];
    out[i] = ((255 << 24) | (bl << 16) | (g << 8) | r) >>> 0;
  }
  return out;
}

/** Style sheets are minified: `#fff` is as good as `#ffffff`. */
function channels(colour: string): [number, number, number] {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  const hex =
    short === null
      ? /^#([0-9a-f]{6})$/i.exec(colour)?.[1]
      : short
          .slice(1)
          .map((each) => each + each)
          .join('');
  const value = parseInt(hex ?? '808080', 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
