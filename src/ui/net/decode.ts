/** Binary replies, as `src/server/protocol.ts` lays them out. Columns are views into the message: nothing is copied. */
import type { BinaryHead } from '../../server/index.js';

export interface BinaryReply {
  id: number;
  meta: unknown;
  columns: Record<string, Uint8Array | Uint32Array | Float64Array>;
}

export function decodeBinary(buffer: ArrayBuffer): BinaryReply {
  const view = new DataView(buffer);
  const id = view.getUint32(0, true);
  const length = view.getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))) as BinaryHead;
  const columns: BinaryReply['columns'] = {};
  let offset = align(8 + length);
  for (const column of head.columns) {
    if (column.type === 'u8') columns[column.name] = new Uint8Array(buffer, offset, column.length);
    else if (column.type === 'u32') columns[column.name] = new Uint32Array(buffer, offset, column.length);
    else columns[column.name] = new Float64Array(buffer, offset, column.length);
    offset += align(columns[column.name]!.byteLength);
  }
  return { id, meta: head.meta, columns };
}

const align = (n: number): number => (n + 7) & ~7;
