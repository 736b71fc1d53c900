/** Fixed parts of a packed recording (docs/formats/pack.md). */
export const PACK_MAGIC = 'ESCOPEPK';
export const PACK_VERSION = 1;
/** Magic, version, number of files. */
export const PACK_HEAD_BYTES = 16;
/** Contents travel in pieces of at most so many bytes. */
export const PIECE_BYTES = 1 << 20;
export const MAX_FILES = 200_000;
/** Number of bytes of a name. */
export const MAX_NAME = 64;

/** The files that a recording can have: nothing else is packed, nothing else is believed. */
export const PACKED_FILE =
  /^(recording\.json|dictionary\.log|sources\.log|plan\.json|marks\.json|(segment|keyframe)-\d{6,9}\.seg|tail-\d{9,12}\.log)$/;
