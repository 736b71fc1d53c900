export { serveRecording, type ServeOptions, type Served } from './serve.js';
export type { ChangeDepth, DepthChange } from './depth.js';
export type * from './protocol.js';
