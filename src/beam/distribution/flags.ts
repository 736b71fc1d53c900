/** What we tell a node about ourselves in the handshake (erts/doc, "Distribution Protocol"). */
const FLAGS = {
  EXTENDED_REFERENCES: 0x4n,
  DIST_MONITOR: 0x8n,
  FUN_TAGS: 0x10n,
  DIST_MONITOR_NAME: 0x20n,
  NEW_FUN_TAGS: 0x80n,
  EXTENDED_PIDS_PORTS: 0x100n,
  EXPORT_PTR_TAG: 0x200n,
  BIT_BINARIES: 0x400n,
  NEW_FLOATS: 0x800n,
  UNICODE_IO: 0x1000n,
  DIST_HDR_ATOM_CACHE: 0x2000n,
  SMALL_ATOM_TAGS: 0x4000n,
  UTF8_ATOMS: 0x10000n,
  MAP_TAG: 0x20000n,
  BIG_CREATION: 0x40000n,
  EXIT_PAYLOAD: 0x400000n,
  FRAGMENTS: 0x800000n,
  HANDSHAKE_23: 0x1000000n,
  UNLINK_ID: 0x2000000n,
  SPAWN: 1n << 32n,
  V4_NC: 1n << 34n,
  ALIAS: 1n << 35n,
} as const;

/**
 * No PUBLISHED: we are a hidden node, so that nothing that watches the cluster notices us. FRAGMENTS only come together with
 * DIST_HDR_ATOM_CACHE: we read the node's cache and use none of our own.
 */
export const OWN_FLAGS: bigint = Object.values(FLAGS).reduce((all, flag) => all | flag, 0n);

/** Flags without which the two of us would not understand each other. */
export const NEEDED_FLAGS: bigint =
  FLAGS.EXTENDED_REFERENCES |
  FLAGS.FUN_TAGS |
  FLAGS.EXTENDED_PIDS_PORTS |
  FLAGS.UTF8_ATOMS |
  FLAGS.NEW_FUN_TAGS |
  FLAGS.BIG_CREATION |
  FLAGS.NEW_FLOATS |
  FLAGS.MAP_TAG |
  FLAGS.HANDSHAKE_23;

export const UNLINK_ID = FLAGS.UNLINK_ID;
export const ATOM_CACHE = FLAGS.DIST_HDR_ATOM_CACHE;
export const FRAGMENTS = FLAGS.FRAGMENTS;
