export { serveRecording, type ServeOptions, type Served } from './serve.js';
export type * from './protocol.js';
