/** The one thing that a browser may change: how deep a running program is recorded, where whoever serves the recording allows it. */
import type { Depth } from '../recording/index.js';
import { RpcFailure } from './failure.js';

/** As `--depth MODULE.FUNCTION=DEPTH` has it: globs; `function` is `*`, `name` or `name/arity`. */
export interface DepthChange {
  module: string;
  function: string;
  depth: Depth;
}
/** Passes a change on to the recorder; rejects with what is wrong. */
export type ChangeDepth = (change: DepthChange) => void | Promise<void>;

export async function changeDepth(
  change: ChangeDepth | undefined,
  live: boolean,
  wanted: DepthChange,
): Promise<{ said: string }> {
  if (change === undefined)
    throw new RpcFailure('bad-request', 'the depth of this recording cannot be changed from here');
  if (!live) throw new RpcFailure('bad-request', 'the recording has ended: what was not recorded is not known');
  await change(wanted);
  const module = wanted.module.replace(/^Elixir\./, '');
  const where = wanted.function === '*' ? module : `${module}.${wanted.function}`;
  return { said: `${where} is recorded at depth ${wanted.depth} from now on` };
}
