/** The tables of a recording: one function a table. */
export { events, states } from './events.js';
export { calls } from './calls.js';
export { lines } from './lines.js';
export { marks } from './marks.js';
export { messages } from './messages.js';
export { functions, gaps, processes } from './names.js';
