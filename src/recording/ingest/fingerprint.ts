/**
 * A 32-bit fingerprint of recorded bytes (FNV-1a over at most the first 128 and the last 32 bytes, and the length): tells messages and
 * states apart where a comparison would cost too much. Source: http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fingerprint(bytes: Uint8Array): number {
  const length = bytes.length;
  let hash = 0x811c9dc5 ^ length;
  const head = Math.min(length, 128);
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  for (let i = Math.max(head, length - 32); i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}

/** The same over every byte: two states are taken for equal only when all of them agree. */
export function fullFingerprint(bytes: Uint8Array): number {
  let a = 0x811c9dc5 ^ bytes.length;
  let b = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul((b << 5) ^ (b >>> 27) ^ byte, 0x85ebca6b);
  }
  return (a >>> 0) + (b & 0x1f_ffff) * 0x1_0000_0000;
}
