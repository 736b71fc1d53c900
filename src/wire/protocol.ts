/** Numbers of docs/formats/wire.md, in one place. */

export const WIRE_VERSION = 1;
export const MAGIC = 0x57435345; // "ESCW", little-endian
export const PREFACE_BYTES = 40;
export const TOKEN_BYTES = 32;
export const FRAME_HEADER_BYTES = 8;
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
export const RECORD_HEADER_BYTES = 24;
export const MAX_RECORD_BYTES = 1024 * 1024;

export const FrameType = { HELLO: 1, EVENTS: 2, WATERMARK: 3, NOTE: 4, GOODBYE: 5, SOURCE: 6 } as const;

/** What the recorder writes to the probe. */
export const Control = { STOP: 0x53, ALIVE: 0x2e, DEPTHS: 0x44 } as const;

export const RecordKind = {
  PAD: 0,
  ATOM: 1,
  PROCESS: 2,
  SPAWN: 3,
  SPAWNED: 4,
  EXIT: 5,
  LINK: 6,
  UNLINK: 7,
  REGISTER: 8,
  UNREGISTER: 9,
  SEND: 10,
  ARRIVE: 11,
  CALL: 12,
  RETURN: 13,
  EXCEPTION: 14,
  CALLBACK: 15,
  CALLBACK_RETURN: 16,
  STATE: 17,
  GC: 18,
  SCHEDULE: 19,
  LOG: 20,
  GAP: 21,
  MODULE: 22,
  TAIL: 23,
  FUNCTION: 24,
  POINT: 25,
  LINE: 26,
  VALUE: 27,
  COUNT: 28,
  PLAN: 29,
  MEMORY: 30,
} as const;

export const RecordFlags = {
  /** SEND */ NOWHERE: 1,
  /** CALLBACK_RETURN */ RAISED: 1,
  /** GC */ MAJOR: 1,
  /** GC */ END: 2,
  /** SCHEDULE */ IN: 1,
  /** CALL, RETURN, EXCEPTION, TAIL: a site stands in the place of module, function, arity */ SITE: 2,
} as const;

/** Reasons of GAP, by code. */
export const GAP_REASONS = [
  'unknown',
  'ring full',
  'byte budget',
  'recorder gone',
  'traced by another tool',
  'unreadable bytes',
  'the VM died',
  'over budget',
] as const;
export const GapReason = {
  RING_FULL: 1,
  BYTE_BUDGET: 2,
  RECORDER_GONE: 3,
  FOREIGN_TRACER: 4,
  UNREADABLE: 5,
  VM_DIED: 6,
  OVER_BUDGET: 7,
} as const;

/** The stream breaks the rules of the wire: nothing after it can be read. */
export class WireError extends Error {
  override name = 'WireError';
}
