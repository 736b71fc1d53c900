export * from './model.js';
export type * from './query.js';
export type * from './bulk.js';
export type * from './writer-api.js';
export { RecordingError } from './errors.js';
export { createRecording } from './write/writer.js';
export { openRecording, type OpenOptions } from './read/open.js';
export { formatNs, parseMoment } from './moment-text.js';
export { ProbeStream, type SharedRecording, type StreamEvents } from './ingest/index.js';
