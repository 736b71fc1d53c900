/** The colours of the constellation, read from the style sheet, so that there is one palette. */
import { rampOf, channels, type Ramp } from './ramp.js';

export type Rgb = [number, number, number];

export interface Colours {
  background: Rgb;
  ramp: Ramp;
  unknown: Rgb;
  process: Rgb;
  supervisor: Rgb;
  line: Rgb;
  ring: Rgb;
  traffic: Rgb;
  message: Rgb;
  accent: Rgb;
  text: string;
  textFaint: string;
  surface: string;
  accentText: string;
  font: string;
}

/** Steps of the ramp, from little to much. */
export const RAMP_STEPS = 6;

export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const text = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const get = (name: string): Rgb => channels(text(name));
  return {
    background: get('canvas'),
    ramp: rampOf(Array.from({ length: RAMP_STEPS }, (_, i) => text(`ramp-${String(i + 1)}`))),
    unknown: get('ramp-unknown'),
    process: get('c-message'),
    supervisor: get('c-process'),
    line: get('system-tree'),
    ring: get('line'),
    traffic: get('c-arrow'),
    message: get('c-cause'),
    accent: get('accent'),
    text: text('text'),
    textFaint: text('text-3'),
    surface: text('canvas'),
    accentText: text('accent'),
    font: style.fontFamily,
  };
}

export const hex = ([r, g, b]: Rgb): number => (r << 16) | (g << 8) | b;
