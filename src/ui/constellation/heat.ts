/** What colour and size tell: a number a process, on a scale that grows in equal ratios, since processes differ by powers of ten. */
import { bytes, duration } from '../model/time.js';
import type { Heat } from '../state/view-state.js';

export const HEAT_LABEL: Record<Heat, string> = {
  none: 'Nothing',
  cpu: 'Running time',
  memory: 'Memory',
  mailbox: 'Mailbox',
  messages: 'Messages',
  errors: 'Errors',
};

/** What is known of the processes, by number; -1: not known. */
export interface Measures {
  /** Length of the window, in nanoseconds. */
  windowNs: number;
  /** Nanoseconds of the window. */
  cpu: Float64Array;
  /** Sent and received in the window. */
  messages: Float64Array;
  errors: Float64Array;
  reductions: Float64Array;
  /** Bytes, at the moment. */
  memory: Float64Array;
  mailbox: Float64Array;
}

export const noMeasures = (processes: number): Measures => ({
  windowNs: 1,
  cpu: new Float64Array(processes + 1),
  messages: new Float64Array(processes + 1),
  errors: new Float64Array(processes + 1),
  reductions: new Float64Array(processes + 1).fill(-1),
  memory: new Float64Array(processes + 1).fill(-1),
  mailbox: new Float64Array(processes + 1).fill(-1),
});

/** In the unit that `heatText` tells; -1: not known. */
export function heatOf(measures: Measures, heat: Heat, process: number): number {
  switch (heat) {
    case 'none':
      return -1;
    case 'cpu':
      return (measures.cpu[process]! / measures.windowNs) * 100;
    case 'messages':
      return (measures.messages[process]! / measures.windowNs) * 1e9;
    case 'memory':
    case 'mailbox':
    case 'errors':
      return measures[heat][process]!;
  }
}

export function heatText(heat: Heat, value: number): string {
  if (value < 0) return 'not known';
  switch (heat) {
    case 'none':
      return '';
    case 'cpu':
      return `${value === 0 ? '0' : value < 0.001 ? '< 0.001' : value < 0.1 ? String(Number(value.toPrecision(1))) : value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
    case 'messages':
      return `${short(value)}/s`;
    case 'memory':
      return bytes(Math.round(value));
    case 'mailbox':
    case 'errors':
      return short(value);
  }
}

/** `1.2k`. */
export function short(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  let unit = 0;
  let left = value;
  while (left >= 999.5 && unit < units.length - 1) {
    left /= 1000;
    unit++;
  }
  const text = left >= 99.5 || Number.isInteger(left) ? left.toFixed(0) : left >= 9.95 ? left.toFixed(0) : left >= 0.095 ? left.toFixed(1) : left === 0 ? '0' : left.toPrecision(1); // prettier-ignore
  return `${text}${units[unit]!}`;
}

export interface Scale {
  low: number;
  high: number;
}

/** From the least to the greatest value above zero, at most four powers of ten. Undefined: all are zero or unknown. */
export function scaleOf(values: Iterable<number>): Scale | undefined {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return undefined;
  return { low: Math.max(low, high / 1e4), high };
}

/** 0 to 1 on the scale; 0 stays apart from everything above zero. */
export function onScale(scale: Scale | undefined, value: number): number {
  if (scale === undefined || value <= 0) return 0;
  if (scale.high <= scale.low) return 1;
  const share = Math.log(value / scale.low) / Math.log(scale.high / scale.low);
  return 0.12 + 0.88 * Math.min(1, Math.max(0, share));
}

/** Values for the marks of a legend: ends and equal steps between. */
export function ticksOf(scale: Scale, count: number): number[] {
  if (scale.high <= scale.low) return [scale.high];
  return Array.from({ length: count }, (_, i) => scale.low * (scale.high / scale.low) ** (i / (count - 1)));
}

/** `1.25 s in view`, `at the moment`. */
export function heatWhen(heat: Heat, windowNs: number): string {
  if (heat === 'memory' || heat === 'mailbox') return 'at the moment';
  return heat === 'none' ? '' : `${duration(windowNs)} in view`;
}
