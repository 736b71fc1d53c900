/** The keyframe file of a recording that keeps a window. */
import { basename } from 'node:path';
import { codeOf } from '../disk.js';
import { RecordingError } from '../errors.js';
import { files } from '../format/layout.js';
import { Keyframe } from '../read/keyframe.js';
import type { ScanContext, ScannedBlock } from './scan.js';
import { checkBlock } from './scan-segment.js';

export function scanKeyframe(path: string, segment: number, context: ScanContext): ScannedBlock[] {
  const file = basename(files.keyframe(path, segment));
  try {
    const last = context.manifest.window?.keyframe ?? 0;
    const keyframe = new Keyframe(
      context.disk,
      path,
      segment,
      last,
      context.cache,
      context.unpacker,
      context.nextBlock,
    );
    context.onClose(() => keyframe.close());
    context.translate = (causes) => keyframe.translateLater(causes);
    return keyframe.blocks.map((block, index) => {
      const broken = checkBlock(block, keyframe, (column, what) =>
        context.problem({ file, block: index, column, what }),
      );
      return { file, index, block, usable: !broken, names: 0 };
    });
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT';
    if (!(error instanceof RecordingError) && !missing) throw error;
    context.problem({ file, what: missing ? 'the file is missing' : (error as Error).message });
    // What the window's events follow from is not known any more.
    const before = context.manifest.window?.keyframe ?? 0;
    context.translate = (causes) => causes.forEach((cause, i) => (causes[i] = cause > before ? cause : 0));
    return [];
  }
}
