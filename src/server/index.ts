export { serveRecording, type ServeOptions, type Served } from './serve.js';
export type { ChangeDepth, DepthChange } from './depth.js';
export { wholeArea, type WholeArea } from './area-whole.js';
export { Printer, type PrintedHit } from './print-hits.js';
export { holds as conditionHolds } from './print-questions.js';
export type * from './protocol.js';
