/** A recorder to be killed: `node recorder-child.mjs PATH SEED`. Says after each flush how many events are safe. */
import { writeSync } from 'node:fs';
import { createRecording } from '../../dist/recording/index.js';
import { RandomRecording } from '../../dist/recording/testing/index.js';

const [path, seed] = process.argv.slice(2);
const writer = createRecording({ path, startedAtMs: 0, blockEvents: 500, segmentBlocks: 3 });
const made = new RandomRecording(writer, Number(seed), 1000);
for (;;) {
  // Without what an ordinary test wants to look at: nobody here asks it.
  made.run(made.rows.length + 1 + (made.rows.length % 97));
  writer.flush();
  writeSync(1, `${made.rows.length}\n`);
}
