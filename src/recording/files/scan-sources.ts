/** `sources.log`, `plan.json` and `marks.json` as far as they are whole. */
import { basename } from 'node:path';
import { codeOf, readWhole } from '../disk.js';
import { RecordingError } from '../errors.js';
import { files } from '../format/layout.js';
import { readMarks } from '../marks.js';
import { readSourceHead, readSourceLead, SOURCE_LEAD_BYTES } from '../format/source-log.js';
import type { SourceInfo } from '../model.js';
import type { ScanContext } from './scan.js';

const MAX_SOURCES = 1 << 30;
const MAX_PLAN = 64 << 20;

/** Every source up to the first that is damaged. */
export function scanSources(path: string, context: ScanContext): SourceInfo[] {
  const file = files.sources(path);
  const found: SourceInfo[] = [];
  const bytes = whole(file, MAX_SOURCES, context);
  for (let at = 0; bytes !== undefined && at < bytes.length;) {
    let next = at;
    try {
      const lead = bytes.length - at < SOURCE_LEAD_BYTES ? undefined : readSourceLead(bytes.subarray(at, at + SOURCE_LEAD_BYTES)); // prettier-ignore
      next += SOURCE_LEAD_BYTES + (lead?.size ?? 0);
      const head = lead && next <= bytes.length ? readSourceHead(bytes.subarray(next - lead.size, next), lead.sum) : undefined; // prettier-ignore
      const { packed, unpacked } = head?.text ?? { packed: 0, unpacked: 0 };
      if (head === undefined || packed > bytes.length - next) {
        context.problem({ file: basename(file), what: `the end is cut off at byte ${at}`, unfinished: true });
        break;
      }
      const text = head.text && new TextDecoder().decode(context.unpacker.unpack(bytes.subarray(next, next + packed), unpacked)); // prettier-ignore
      found.push({ ...head, text });
      at = next + packed;
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      context.problem({ file: basename(file), what: `damaged at byte ${at}: ${error.message}` });
      break;
    }
  }
  return found;
}

/** Whether the plan is JSON; what it says is for whoever made it. */
export function scanPlan(path: string, context: ScanContext): boolean {
  const file = files.plan(path);
  const bytes = whole(file, MAX_PLAN, context);
  if (bytes === undefined) return false;
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    context.problem({ file: basename(file), what: 'it is not JSON' });
    return false;
  }
}

/** Whether bookmarks and notes can be read. */
export function scanMarks(path: string, context: ScanContext): void {
  try {
    readMarks(path, context.disk);
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    context.problem({ file: basename(files.marks(path)), what: error.message });
  }
}

function whole(file: string, limit: number, context: ScanContext): Uint8Array | undefined {
  try {
    return readWhole(context.disk, file, limit);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (!(error instanceof RecordingError)) throw error;
    context.problem({ file: basename(file), what: error.message });
    return undefined;
  }
}
