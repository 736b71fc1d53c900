/**
 * `sources.log`: the sources of modules (docs/formats/recording.md). Heads and texts alternate, so that whoever only wants to know which modules
 * there are reads no text.
 */
import { RecordingError } from '../errors.js';
import type { SourceInfo } from '../model.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';
import type { Packer } from './zstd.js';

export const SOURCE_LEAD_BYTES = 8;
/** Of a head: two names and a reason. */
export const MAX_SOURCE_HEAD = 64 << 10;
/** Of a text, in UTF-8. */
export const MAX_SOURCE_TEXT = 8 << 20;

const LANGUAGES = ['elixir', 'erlang'] as const;

export interface SourceHead extends Omit<SourceInfo, 'text'> {
  /** Bytes of the text's frame, and of the text. Undefined: there is no text. */
  text: { packed: number; unpacked: number } | undefined;
}

/** An entry as it lies in the file; undefined when it is too large for one. */
export function writeSource(source: SourceInfo, packer: Packer): Uint8Array | undefined {
  const text = source.text === undefined ? undefined : new TextEncoder().encode(source.text);
  if (text && text.length > MAX_SOURCE_TEXT) return undefined;
  const frame = text && packer.pack(text);
  const head = new ByteWriter(256);
  head.varint(source.node);
  head.text(source.module);
  head.text(source.file);
  head.u8(LANGUAGES.indexOf(source.language));
  head.u8((source.why === undefined ? 0 : 1) | (text === undefined ? 0 : 2));
  if (source.why !== undefined) head.text(source.why);
  if (text && frame) {
    head.varint(frame.length);
    head.varint(text.length);
  }
  if (head.size > MAX_SOURCE_HEAD) return undefined;
  const out = new ByteWriter(SOURCE_LEAD_BYTES + head.size + (frame?.length ?? 0));
  out.u32(head.size);
  out.u32(crc32(head.bytes()));
  out.raw(head.bytes());
  if (frame) out.raw(frame);
  return out.bytes();
}

/** Bytes of the head that begins with these, and its checksum. Throws a RecordingError where none can begin. */
export function readSourceLead(bytes: Uint8Array): { size: number; sum: number } {
  const reader = new ByteReader(bytes);
  const lead = { size: reader.u32(), sum: reader.u32() };
  if (lead.size === 0 || lead.size > MAX_SOURCE_HEAD) throw new RecordingError('sources.log is damaged');
  return lead;
}

/** Throws a RecordingError when the head is not what its lead says. */
export function readSourceHead(bytes: Uint8Array, sum: number): SourceHead {
  if (crc32(bytes) !== sum) throw new RecordingError('sources.log is damaged: a checksum does not fit');
  const reader = new ByteReader(bytes);
  const node = reader.varint();
  const module = reader.text();
  const file = reader.text();
  const language = LANGUAGES[reader.u8()] ?? 'erlang';
  const has = reader.u8();
  const why = (has & 1) === 0 ? undefined : reader.text();
  const text = (has & 2) === 0 ? undefined : { packed: reader.varint(), unpacked: reader.varint() };
  if (text && (text.unpacked > MAX_SOURCE_TEXT || text.packed > MAX_SOURCE_TEXT + (1 << 16)))
    throw new RecordingError('sources.log says that a text is too large');
  return { node, module, file, language, why, text };
}
