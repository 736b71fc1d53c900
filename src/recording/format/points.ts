/** Points of a source as the dictionary holds them: the bytes are kept and read when somebody asks for one. */
import type { PointInfo } from '../model.js';
import { ByteReader, ByteWriter } from './bytes.js';

type Names = NonNullable<PointInfo['scope']>;

const WHAT = ['line', 'bound', 'expression'] as const;

export function writePoint(point: PointInfo): Uint8Array {
  const out = new ByteWriter(64);
  out.u8(WHAT.indexOf(point.what));
  out.varint(point.line);
  out.varint(point.column);
  out.text(point.label);
  writeNames(out, point.names);
  out.u8(point.scope === undefined ? 0 : 1);
  if (point.scope) writeNames(out, point.scope);
  return out.bytes().slice();
}

/** Throws a RecordingError when these bytes are none. */
export function readPoint(bytes: Uint8Array): PointInfo {
  const reader = new ByteReader(bytes);
  const what = WHAT[reader.u8()] ?? 'line';
  const line = reader.varint();
  const column = reader.varint();
  const label = reader.text();
  const names = readNames(reader);
  return { what, line, column, label, names, ...(reader.u8() === 1 ? { scope: readNames(reader) } : {}) };
}

function writeNames(out: ByteWriter, names: Names): void {
  out.varint(names.length);
  for (const { name, line } of names) {
    out.text(name);
    out.varint(line);
  }
}

function readNames(reader: ByteReader): Names {
  const count = reader.varint();
  const names: { name: string; line: number }[] = [];
  // Each takes two bytes at least, so that a wrong number ends with the bytes.
  for (let i = 0; i < count; i++) names.push({ name: reader.text(), line: reader.varint() });
  return names;
}
