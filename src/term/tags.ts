/** First bytes of recorded terms, as docs/formats/term.md numbers them, and the bounds that every reader keeps. */
export const Tag = {
  EMPTY_LIST: 0x80,
  INTEGER: 0x81,
  BIG_INTEGER: 0x82,
  FLOAT: 0x83,
  ATOM: 0x84,
  LOCAL_PID: 0x85,
  REMOTE_PID: 0x86,
  LOCAL_PORT: 0x87,
  REMOTE_PORT: 0x88,
  LOCAL_REFERENCE: 0x89,
  REMOTE_REFERENCE: 0x8a,
  BINARY: 0x8b,
  BITSTRING: 0x8c,
  TUPLE: 0x8d,
  LIST: 0x8e,
  LIST_END: 0x8f,
  LIST_TAIL: 0x90,
  LIST_MORE: 0x91,
  MAP: 0x92,
  FUNCTION: 0x93,
  EXPORT: 0x94,
  CUT_BYTES: 0x95,
  CUT_DEPTH: 0x96,
  REDACTED: 0x97,
  STATE_MARK: 0x98,
  OPAQUE: 0x99,
} as const;

/** Terms nested deeper than this are an error. */
export const MAX_DEPTH = 256;
/** Longest magnitude of an integer in bytes; longer ones would take seconds to print. */
export const MAX_INTEGER_BYTES = 1 << 19;
/** Words of a reference. */
export const MAX_REFERENCE_WORDS = 5;
