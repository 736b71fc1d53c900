/** Made-up recordings, for tests, benches and for building faces. Not part of what `../index.ts` offers. */
export { LINE_NS, drawArrows, drawHistory, drawSlices, drawTimeline, drawTrail, word, writeChart } from './chart.js';
export { SlowPast } from './slow-past.js';
export { Random } from './random.js';
export { RandomRecording, type ModelRow } from './random-recording.js';
export { SlowModel } from './slow-model.js';
export { SyntheticSystem, writeSyntheticRecording, type SyntheticOptions } from './synthetic.js';
export { withTempDir } from './temp.js';
