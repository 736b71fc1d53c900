/** Recordings as files: checked, repaired, cut, made free of secrets, packed. */
export { problemText, verifyRecording, type Verification } from './verify.js';
export { sliceRecording, type Slice as RecordingSlice, type SliceOptions } from './slice.js';
export { repairRecording, type Repair } from './repair.js';
export type { Problem } from './scan.js';
export { packRecording, type Packed } from './pack.js';
export { DEFAULT_MAX_UNPACKED, isPacked, unpackRecording } from './unpack.js';
export { redactRecording, type RedactOptions, type Redaction } from './redact.js';
