/** The rows of a tail, frame by frame. */
import { basename } from 'node:path';
import { readWhole } from '../disk.js';
import { RecordingError } from '../errors.js';
import { BlockBuilder } from '../format/block-builder.js';
import { BLOCK_EVENTS, MAGIC } from '../format/layout.js';
import { TAIL_HEADER_BYTES, readTailFrame, readTailHeader, type TailHeader } from '../format/tail.js';
import { TailBlock } from '../read/tail-block.js';
import type { ScanContext, ScannedBlock } from './scan.js';

/** Blocks of whole frames whose events come after `sealed`. A tail that only repeats what is sealed was left over and gives none. */
export function scanTail(path: string, sealed: number, context: ScanContext): ScannedBlock[] {
  const file = basename(path);
  let bytes: Uint8Array;
  try {
    bytes = readWhole(context.disk, path);
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    context.problem({ file, what: error.message });
    return [];
  }
  const found: ScannedBlock[] = [];
  let rows: BlockBuilder | undefined;
  let names = 0;
  const finish = (): void => {
    if (rows && rows.count > 0) context.translate?.(rows.cause.subarray(0, rows.count));
    if (rows && rows.count > 0)
      found.push({ file, index: found.length, block: new TailBlock(context.nextBlock(), rows), usable: true, names });
    names = 0;
    rows = undefined;
  };
  for (let at = 0; at < bytes.length;) {
    const header = tryHeader(bytes.subarray(at, at + TAIL_HEADER_BYTES));
    if (header === undefined) {
      const next = nextHeader(bytes, at + 1);
      const unfinished = next === undefined;
      context.problem({ file, what: `${unfinished ? 'the end is cut off' : 'damaged'} at byte ${at}`, unfinished });
      if (next === undefined) break;
      at = next;
      continue;
    }
    const from = at + TAIL_HEADER_BYTES;
    if (header.packed > bytes.length - from) {
      context.problem({ file, what: `the end is cut off at byte ${at}`, unfinished: true });
      break;
    }
    at = from + header.packed;
    if (header.firstSeq <= sealed) continue;
    if (rows && rows.firstSeq + rows.count !== header.firstSeq) finish();
    rows ??= new BlockBuilder(BLOCK_EVENTS, header.firstSeq);
    try {
      readTailFrame(bytes.subarray(from, at), header, rows, context.unpacker);
      names = Math.max(names, header.names);
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      context.problem({ file, what: `events ${header.firstSeq} to ${header.firstSeq + header.count - 1}: ${error.message}` }); // prettier-ignore
      finish();
    }
  }
  finish();
  return found;
}

function tryHeader(bytes: Uint8Array): TailHeader | undefined {
  try {
    return readTailHeader(bytes);
  } catch (error) {
    if (error instanceof RecordingError) return undefined;
    throw error;
  }
}

function nextHeader(bytes: Uint8Array, from: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = from; at + TAIL_HEADER_BYTES <= bytes.length; at++)
    if (view.getUint32(at, true) === MAGIC.TAIL && tryHeader(bytes.subarray(at, at + TAIL_HEADER_BYTES))) return at;
  return undefined;
}
