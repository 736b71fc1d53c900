/**
 * The rings of a probe that lived in a mapped file: what a VM had recorded but not sent when it died.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { RecordKind, WireError } from './protocol.js';

const MAGIC_RING = 0x52435345; // "ESCR"
const CONTROL_AT = 64;
const CONTROL_BYTES = 128;
const MAX_RINGS = 4096;
const MAX_RING_BYTES = 1 << 30;

export interface RingRest {
  ring: number;
  /** Absolute position of the first byte. */
  position: number;
  /** Whole records. */
  bytes: Uint8Array;
}

/**
 * Reads what every ring holds beyond `received(ring)` (absolute positions).
 * @throws WireError when the file is not a ring file
 */
export function readRingFile(path: string, received: (ring: number) => number): RingRest[] {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const size = fstatSync(file).size;
    const header = readAt(file, 0, CONTROL_AT, size);
    if (header.getUint32(0, true) !== MAGIC_RING) throw new WireError(`${path} is not a ring file`);
    if (header.getUint16(4, true) !== 1)
      throw new WireError(`${path} has version ${header.getUint16(4, true)}, expected 1`);
    const rings = header.getUint16(6, true);
    const ringBytes = header.getUint32(8, true);
    const dataAt = header.getUint32(12, true);
    if (rings > MAX_RINGS || ringBytes > MAX_RING_BYTES || ringBytes % 8 !== 0 || dataAt + rings * ringBytes > size) {
      throw new WireError(`${path} claims ${rings} rings of ${ringBytes} bytes, more than the file holds`);
    }
    const control = readAt(file, CONTROL_AT, rings * CONTROL_BYTES, size);
    const rest: RingRest[] = [];
    for (let ring = 0; ring < rings; ring++) {
      const head = Number(control.getBigUint64(ring * CONTROL_BYTES, true));
      const tail = Number(control.getBigUint64(ring * CONTROL_BYTES + 64, true));
      const from = Math.max(tail, received(ring));
      if (head <= from || head - from > ringBytes) continue;
      rest.push({
        ring,
        position: from,
        bytes: readRing(file, dataAt + ring * ringBytes, ringBytes, from, head, size),
      });
    }
    return rest;
  } finally {
    closeSync(file);
  }
}

function readRing(
  file: number,
  dataAt: number,
  ringBytes: number,
  from: number,
  head: number,
  size: number,
): Uint8Array {
  const out = new Uint8Array(head - from);
  const start = from % ringBytes;
  const first = Math.min(out.length, ringBytes - start);
  out.set(bytesOf(readAt(file, dataAt + start, first, size)), 0);
  if (first < out.length) out.set(bytesOf(readAt(file, dataAt, out.length - first, size)), first);
  return out.subarray(0, wholeRecords(out));
}

/** Length of the longest prefix that consists of whole records. */
function wholeRecords(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 8 <= bytes.length) {
    const size = view.getUint32(at, true);
    const isPad = view.getUint8(at + 4) === RecordKind.PAD;
    if (size < (isPad ? 8 : 24) || size % 8 !== 0 || at + size > bytes.length) break;
    at += size;
  }
  return at;
}

function readAt(file: number, position: number, length: number, size: number): DataView {
  if (position + length > size) throw new WireError('the ring file is shorter than its header says');
  const buffer = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const count = readSync(file, buffer, got, length - got, position + got);
    if (count === 0) throw new WireError('the ring file is shorter than its header says');
    got += count;
  }
  return new DataView(buffer.buffer);
}

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
