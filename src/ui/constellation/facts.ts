/** What the panels around the picture tell of it. */
import type { Heat } from '../state/view-state.js';
import { HEAT_LABEL, type Scale } from './heat.js';
import type { Island } from './graph.js';

export interface TopProcess {
  process: number;
  colour: string;
  size: string;
}

export interface Facts {
  /** Nothing yet, the first picture, or what it will stay. */
  layout: 'none' | 'first' | 'final';
  stage: 'webgl2' | 'canvas';
  /** Alive at the moment. */
  alive: number;
  shown: number;
  colour: Heat;
  size: Heat;
  colourScale: Scale | undefined;
  sizeScale: Scale | undefined;
  windowNs: number;
  /** What the running time counts. */
  running: 'scheduled' | 'callbacks';
  memory: 'process' | 'state';
  /** Share of the window that was looked at, while that is not all. */
  sampled: number | undefined;
  pairs: number;
  together: number;
  togetherMessages: number;
  /** Pairs that the server knew of and did not tell apart or did not send. */
  pairsLeftOut: number;
  dots: number;
  dotsComplete: boolean;
  islands: readonly Island[];
  /** The highest in what colour tells, then in what size tells. */
  top: readonly TopProcess[];
  hover: { process: number; island: number; x: number; y: number } | undefined;
  /** The data of the window are those of the window in view. */
  settled: boolean;
}

export const noFacts: Facts = {
  layout: 'none',
  stage: 'webgl2',
  alive: 0,
  shown: 0,
  colour: 'none',
  size: 'none',
  colourScale: undefined,
  sizeScale: undefined,
  windowNs: 0,
  running: 'callbacks',
  memory: 'state',
  sampled: undefined,
  pairs: 0,
  together: 0,
  togetherMessages: 0,
  pairsLeftOut: 0,
  dots: 0,
  dotsComplete: true,
  islands: [],
  top: [],
  hover: undefined,
  settled: false,
};

/** What is counted, in words. */
export function heatTitle(heat: Heat, facts: Facts): string {
  if (heat === 'cpu') return facts.running === 'scheduled' ? 'time on a scheduler' : 'time in callbacks and calls';
  if (heat === 'memory') return facts.memory === 'process' ? 'memory' : 'recorded state';
  return HEAT_LABEL[heat].toLowerCase();
}
