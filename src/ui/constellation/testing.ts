/** Processes and colours for tests. */
import type { ProcessView } from '../../server/index.js';
import type { Colours, Rgb } from './palette.js';
import { rampOf } from './ramp.js';

const grey: Rgb = [128, 128, 128];
export const plainColours: Colours = {
  background: [255, 255, 255],
  ramp: rampOf(['#ffffff', '#000000']),
  unknown: grey,
  process: grey,
  supervisor: grey,
  line: grey,
  ring: grey,
  traffic: [0, 0, 255],
  message: [255, 100, 0],
  accent: [80, 0, 200],
  text: '#000',
  textFaint: '#777',
  surface: '#fff',
  accentText: '#408',
  font: 'sans-serif',
};

export function process(id: number, rest: Partial<ProcessView> = {}): ProcessView {
  return {
    id,
    node: 0,
    pid: `<0.${String(id)}.0>`,
    name: undefined,
    label: undefined,
    runs: undefined,
    behaviour: undefined,
    application: 'shop',
    runtime: false,
    parent: 0,
    spawnNs: -1,
    exitNs: -1,
    ...rest,
  };
}
