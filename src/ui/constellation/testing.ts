/** Processes for tests. */
import type { ProcessView } from '../../server/index.js';

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
