/** The chunks of a compiled module. The bytes come from a disk or a node and are hostile until read. */
import { gunzipSync } from 'node:zlib';

const MAX_BYTES = 256 * 1024 * 1024;

export class CodeError extends Error {
  override name = 'CodeError';
}

/** Chunks by name; a name that occurs twice means the first. @throws CodeError where it is no compiled module */
export function readChunks(file: Uint8Array): Map<string, Uint8Array> {
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? unzip(file) : file;
  const text = (at: number): string => Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
  if (bytes.length < 12 || text(0) !== 'FOR1' || text(8) !== 'BEAM') throw new CodeError('not a compiled module');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4);
    const end = at + 8 + size;
    if (end > bytes.length) throw new CodeError('a compiled module that is cut off');
    const name = text(at);
    if (!chunks.has(name)) chunks.set(name, bytes.subarray(at + 8, end));
    at = end + ((4 - (size & 3)) & 3);
  }
  return chunks;
}

function unzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch {
    throw new CodeError('a compressed module that cannot be unpacked');
  }
}
