import { changeDepth } from '../capture/index.js';
import type { ChangeDepth } from '../server/index.js';

/** Lets browsers that look at a recording change how deep it is recorded, as long as it is. */
export const depthChanger =
  (recording: string): ChangeDepth =>
  async ({ module, function: fn, depth }) => {
    await changeDepth(recording, [{ module: module.replace(/^Elixir\./, ''), fn, depth }]);
  };
