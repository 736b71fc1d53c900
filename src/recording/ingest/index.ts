export { ProbeStream, type SharedRecording, type StreamEvents } from './stream.js';
