/** Tags of the External Term Format (erts/doc/src/erl_ext_dist) and the bounds kept while reading it. */
export const VERSION = 131;

export const Ext = {
  NEW_FLOAT: 70,
  BIT_BINARY: 77,
  COMPRESSED: 80,
  /** Behind a distribution header only. */
  ATOM_CACHE_REF: 82,
  NEW_PID: 88,
  NEW_PORT: 89,
  NEWER_REFERENCE: 90,
  SMALL_INTEGER: 97,
  INTEGER: 98,
  FLOAT: 99,
  ATOM: 100,
  REFERENCE: 101,
  PORT: 102,
  PID: 103,
  SMALL_TUPLE: 104,
  LARGE_TUPLE: 105,
  NIL: 106,
  STRING: 107,
  LIST: 108,
  BINARY: 109,
  SMALL_BIG: 110,
  LARGE_BIG: 111,
  NEW_FUN: 112,
  EXPORT: 113,
  NEW_REFERENCE: 114,
  SMALL_ATOM: 115,
  MAP: 116,
  FUN: 117,
  ATOM_UTF8: 118,
  SMALL_ATOM_UTF8: 119,
  V4_PORT: 120,
  LOCAL: 121,
} as const;

export interface EtfLimits {
  /** Nesting. A term deeper than this is an error. */
  readonly depth: number;
  /** Terms in one message. */
  readonly terms: number;
  /** Bytes that a compressed term may unpack to. */
  readonly unpacked: number;
}

export const DEFAULT_LIMITS: EtfLimits = { depth: 1024, terms: 4_000_000, unpacked: 64 * 1024 * 1024 };
export const MAX_INTEGER_BYTES = 1 << 19;
/** The bytes of each fun are kept, its inner funs' among them. */
export const MAX_NESTED_FUNS = 64;
