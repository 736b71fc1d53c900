/** Is everything of a recording whole? */
import { realDisk, type Disk } from '../disk.js';
import { writerLives } from '../format/manifest.js';
import { scanRecording, type Problem } from './scan.js';

export interface Verification {
  /** Nothing is damaged. */
  sound: boolean;
  /** The recorder ended without closing (or still runs): `repair` seals what is there. */
  finished: boolean;
  live: boolean;
  problems: Problem[];
  files: number;
  blocks: number;
  events: number;
  bytes: number;
}

/** Reads every byte of the recording at `path` and checks it. Throws a RecordingError where there is no recording. */
export function verifyRecording(path: string, disk: Disk = realDisk): Verification {
  const scan = scanRecording(disk, path);
  try {
    return {
      sound: scan.problems.every((problem) => problem.unfinished),
      finished: !scan.problems.some((problem) => problem.unfinished),
      live: !scan.manifest.complete && writerLives(scan.manifest.writer),
      problems: scan.problems,
      files: scan.files,
      blocks: scan.blocks.length,
      events: scan.blocks.reduce((sum, { block, usable }) => sum + (usable ? block.count : 0), 0),
      bytes: scan.bytes,
    };
  } finally {
    scan.close();
  }
}

/** `segment-000002.seg, block 3, cause: …` */
export function problemText({ file, block, column, what }: Problem): string {
  return `${[file, block === undefined ? undefined : `block ${block}`, column].filter((part) => part !== undefined).join(', ')}: ${what}`;
}
