export { changeDepth, ControlError, takesChanges } from './change-depth.js';
export { attach, type AttachOptions, type AttachResult } from './attach.js';
export { DEFAULT_FAMILIES, EVENT_FAMILIES, SECRET_WORDS, type EventFamily } from './config.js';
export { withRules } from './plan-file.js';
export { readNodeCode, type NodeCode, type NodeCodeOptions } from './node-code.js';
export { exitCode, run, type RunOptions, type RunResult } from './run.js';
