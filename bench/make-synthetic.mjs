/** Writes a made-up recording to look at: `npm run build:node && node bench/make-synthetic.mjs PATH [EVENTS] [PROCESSES] [SEED]`. */
import { writeSyntheticRecording } from '../dist/recording/testing/index.js';

const [path, events = '1000000', processes = '1000', seed = '1'] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node bench/make-synthetic.mjs PATH [EVENTS] [PROCESSES] [SEED]');
  process.exit(2);
}
const written = writeSyntheticRecording({
  path,
  events: Number(events),
  processes: Number(processes),
  seed: Number(seed),
});
console.log(`${written} events in ${path}`);
