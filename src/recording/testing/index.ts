/** Made-up recordings, for tests, benches and for building faces. Not part of what `../index.ts` offers. */
export { Random } from './random.js';
export { SyntheticSystem, writeSyntheticRecording, type SyntheticOptions } from './synthetic.js';
