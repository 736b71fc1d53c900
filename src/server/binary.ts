/** Binary replies: the layout is told in `protocol.ts`. */
import type { BinaryHead, ColumnType } from './protocol.js';

export type Column = Uint8Array | Uint32Array | Float64Array;

export class BinaryResult {
  constructor(
    readonly meta: unknown,
    readonly columns: Record<string, Column>,
  ) {}

  encode(id: number): Buffer {
    const entries = Object.entries(this.columns);
    const head: BinaryHead = {
      meta: this.meta,
      columns: entries.map(([name, column]) => ({ name, type: typeOf(column), length: column.length })),
    };
    const json = Buffer.from(JSON.stringify(head), 'utf8');
    let size = align(8 + json.length);
    for (const [, column] of entries) size += align(column.byteLength);
    const out = Buffer.alloc(size);
    out.writeUInt32LE(id, 0);
    out.writeUInt32LE(json.length, 4);
    json.copy(out, 8);
    let offset = align(8 + json.length);
    for (const [, column] of entries) {
      out.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), offset);
      offset += align(column.byteLength);
    }
    return out;
  }
}

const align = (n: number): number => (n + 7) & ~7;
function typeOf(column: Column): ColumnType {
  if (column instanceof Uint8Array) return 'u8';
  return column instanceof Uint32Array ? 'u32' : 'f64';
}
