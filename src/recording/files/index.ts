/** Recordings as files: checked, repaired, cut, made free of secrets, packed. */
export { problemText, verifyRecording, type Verification } from './verify.js';
export { repairRecording, type Repair } from './repair.js';
export type { Problem } from './scan.js';
