export { ProbeStream, type SharedRecording, type StreamEvents } from './stream.js';
export { startedApplication } from './started-application.js';
