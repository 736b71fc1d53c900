export * from './model.js';
export type * from './query.js';
export type * from './bulk.js';
export type * from './past.js';
export type * from './code.js';
export type * from './writer-api.js';
export { isCrash, isCrashReason, isError } from './crash.js';
export { Raises, raiseText, type Raise } from './raises.js';
export { isRuntimeProcess } from './runtime-process.js';
export { processTree, type ProcessNode } from './queries/tree.js';
export { RecordingError } from './errors.js';
export { createRecording } from './write/writer.js';
export * from './files/index.js';
export { openRecording, type OpenOptions } from './read/open.js';
export { formatNs, parseEdge, parseMoment } from './moment-text.js';
export { ProbeStream, startedApplication, type SharedRecording, type StreamEvents } from './ingest/index.js';
export { everyCall, type CallSpan, type SpanOptions } from './queries/every-call.js';
export * from './carry.js';
export {
  MARK_COLOURS,
  MAX_MARK_NAME,
  MAX_MARK_PATH,
  MAX_MARK_TEXT,
  MAX_MARKS,
  changeMarks,
  checkMark,
  marksFile,
  readMarks,
  whyNoMarks,
  type Mark,
  type MarkColour,
} from './marks.js';
export { Lookup } from './queries/lookup.js';
export { everyMessage, type MessageTrip } from './queries/every-message.js';
