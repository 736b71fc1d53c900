/** A recording as one file, to share. */
import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openToRead, readBytes, realDisk, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { ByteWriter } from '../format/bytes.js';
import { crc32 } from '../format/crc32.js';
import { readManifest, writerLives } from '../format/manifest.js';
import { Packer } from '../format/zstd.js';
import { PACKED_FILE, PACK_MAGIC, PACK_VERSION, PIECE_BYTES } from './pack-format.js';

export interface Packed {
  files: number;
  /** Of the recording, and of the packed file. */
  bytes: number;
  packedBytes: number;
}

/**
 * Packs the recording at `path`, whose files lie on `disk`, into the new file `out`. Throws a RecordingError when it is still being recorded or `out` is there already.
 */
export function packRecording(path: string, out: string, disk: Disk = realDisk): Packed {
  const manifest = readManifest(disk, path);
  if (!manifest.complete && writerLives(manifest.writer))
    throw new RecordingError(`${path} is still being recorded: end that first, or slice a part of it.`);
  const first = manifest.window?.segment ?? 1;
  const names = disk
    .list(path)
    .filter((name) => PACKED_FILE.test(name))
    // Files that a dropped window left over.
    .filter((name) => !/^(segment|keyframe)-/.test(name) || Number(name.slice(-10, -4)) >= first || first === 1)
    .sort();
  const next = `${out}.next-${process.pid}`;
  const fd = openSync(next, 'wx');
  try {
    const written = write(disk, path, names, fd);
    fsyncSync(fd);
    try {
      // Unlike a rename, a link never replaces what is there.
      linkSync(next, out);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST')
        throw new RecordingError(`${out} exists already. Give another name, or remove it.`);
      throw error;
    }
    return written;
  } finally {
    closeSync(fd);
    rmSync(next, { force: true });
  }
}

function write(disk: Disk, path: string, names: readonly string[], fd: number): Packed {
  const packer = new Packer();
  let packedBytes = 0;
  let bytes = 0;
  const put = (part: Uint8Array): void => {
    for (let done = 0; done < part.length;) done += writeSync(fd, part, done, part.length - done);
    packedBytes += part.length;
  };
  const head = new ByteWriter();
  head.raw(new TextEncoder().encode(PACK_MAGIC));
  head.u32(PACK_VERSION);
  head.u32(names.length);
  put(head.bytes());
  for (const name of names) {
    const file = openToRead(disk, join(path, name));
    try {
      const size = disk.size(file);
      const entry = new ByteWriter();
      entry.text(name);
      entry.u64(size);
      const sized = new ByteWriter();
      sized.u32(entry.size);
      sized.u32(crc32(entry.bytes()));
      sized.raw(entry.bytes());
      put(sized.bytes());
      for (let at = 0; at < size;) {
        const piece = readBytes(disk, file, at, Math.min(PIECE_BYTES, size - at), join(path, name));
        if (piece.length === 0) throw new RecordingError(`${name} became shorter while it was packed`);
        at += piece.length;
        const frame = packer.pack(piece);
        // Segments are packed already: what does not get smaller goes as it is.
        const content = frame.length < piece.length ? frame : piece;
        const header = new ByteWriter();
        header.u32(piece.length);
        header.u32(content.length);
        header.u32(crc32(piece));
        put(header.bytes());
        put(content);
      }
      bytes += size;
    } finally {
      disk.close(file);
    }
  }
  return { files: names.length, bytes, packedBytes };
}
