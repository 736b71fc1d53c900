/**
 * The parts of a recording as they are, for who carries them elsewhere and reads them there (`fleet`): blocks with the bytes of their terms, the
 * dictionary's log, the manifest. What a question needs of a recording is a `BlockStore`; wherever the blocks lie, the questions are the same.
 */
import type { BulkRecording } from './bulk.js';
import { realDisk, type Disk } from './disk.js';
import { EXACT_EVENTS } from './queries/timeline.js';
import { SegmentRecording } from './read/open.js';
import { Store } from './read/store.js';

export { ColumnCache } from './read/column-cache.js';
export type { Block } from './read/block.js';
export { SourceReader } from './read/source-reader.js';
export { Unpacker } from './format/zstd.js';
export { Dictionary, DICTIONARY_FRAME_BYTES, DICTIONARY_FRAME_HEADER } from './format/dictionary.js';
export { KIND_SLOTS, PAGE_ROWS, files as recordingFiles } from './format/layout.js';
export { manifestText, parseManifest, readManifest, writerLives, type Manifest } from './format/manifest.js';
export { CallStacks } from './queries/every-call.js';
export { crc32 } from './format/crc32.js';
export { codeOf, openToRead, readBytes, readWhole, realDisk, type Disk } from './disk.js';

/** What the questions ask of the blocks of a recording, wherever they lie. */
export type BlockStore = Omit<Pick<Store, keyof Store>, 'disk'>;

/** The blocks of the recording at `path`. Throws as `openRecording` does. */
export function openBlocks(path: string, disk: Disk = realDisk, cacheBytes = 64 << 20): BlockStore {
  return new Store(disk, path, cacheBytes);
}

/** A recording over such blocks. */
export function recordingOver(store: BlockStore): BulkRecording {
  // A class with private parts is no interface to TypeScript; `BlockStore` has all that others can see of it.
  return new SegmentRecording(store as Store, EXACT_EVENTS);
}
