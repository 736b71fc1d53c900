/** Made-up recordings, for tests, benches and for building faces. Not part of what `../index.ts` offers. */
export { LINE_NS, drawArrows, drawHistory, drawSlices, drawTimeline, drawTrail, word, writeChart } from './chart.js';
export { SlowPast } from './slow-past.js';
export { askAll } from './answers.js';
export { MemoryDisk, systemError, type DiskAction, type DiskStep } from './memory-disk.js';
export { Random } from './random.js';
export { RandomCode } from './random-code.js';
export { SlowCode } from './slow-code.js';
export { RandomRecording, type ModelRow } from './random-recording.js';
export { SlowModel } from './slow-model.js';
export { SyntheticSystem, writeSyntheticRecording, type SyntheticOptions } from './synthetic.js';
export { withTempDir } from './temp.js';
/** Questions that rest on others of a recording alone, for recordings of a test's own. */
export { crashes } from '../queries/crashes.js';
export { history, origin } from '../queries/history.js';
export { looker } from '../queries/occurrences.js';
export { trail } from '../queries/trail.js';
