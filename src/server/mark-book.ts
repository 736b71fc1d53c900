/** The marks of the recording that is served: read again when their file changed, written where whoever serves allows it. */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import {
  changeMarks,
  checkMark,
  marksFile,
  readMarks,
  RecordingError,
  whyNoMarks,
  type Mark,
} from '../recording/index.js';
import { RpcFailure } from './failure.js';
import type { MarksPage, MarkView } from './marks-protocol.js';
import { shorten, visible } from './text.js';

const PAGE = 500;
const SHOWN_TEXT = 500;

export class MarkBook {
  /** Counts up when they changed. */
  version = 1;
  readonly readOnly: string | undefined;
  private marks: readonly Mark[] = [];
  private problem: string | undefined;
  private stamp = '';

  /** `readOnly`: why nothing may be written, if so. */
  constructor(
    private readonly path: string,
    readOnly?: string,
  ) {
    this.readOnly = readOnly ?? whyNoMarks(path);
    this.refresh();
  }

  /** Takes in what others wrote. True when something did. */
  refresh(): boolean {
    const stamp = stampOf(marksFile(this.path));
    if (stamp === this.stamp) return false;
    this.stamp = stamp;
    try {
      this.marks = readMarks(this.path);
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.marks = [];
      this.problem = error.message;
    }
    this.version++;
    return true;
  }

  page(from: number): MarksPage {
    return {
      marks: this.marks.slice(from, from + PAGE).map(viewOf),
      total: this.marks.length,
      version: this.version,
      readOnly: this.readOnly,
      problem: this.problem,
    };
  }

  find(id: string): Mark {
    const mark = this.marks.find((each) => each.id === id);
    if (mark === undefined) throw new RpcFailure('not-found', 'there is no such mark any more');
    return mark;
  }

  /** Makes a mark, or puts it in the place of the one with its id. */
  put(given: Omit<Mark, 'id' | 'madeMs' | 'text'> & { id?: string | undefined; text?: string | undefined }): MarkView {
    const before = given.id === undefined ? undefined : this.marks.find((each) => each.id === given.id);
    const mark = checkMark({
      ...given,
      id: given.id ?? randomUUID(),
      name: given.name.trim(),
      text: given.text ?? before?.text ?? '',
      madeMs: before?.madeMs ?? Date.now(),
    });
    if (typeof mark === 'string') throw new RpcFailure('bad-request', `the mark cannot be kept: ${mark}`);
    this.change((marks) => [...marks.filter(({ id }) => id !== mark.id), mark]);
    return viewOf(mark);
  }

  remove(id: string): Mark {
    const mark = this.find(id);
    this.change((marks) => marks.filter((each) => each.id !== id));
    return mark;
  }

  private change(change: (marks: readonly Mark[]) => readonly Mark[]): void {
    if (this.readOnly !== undefined)
      throw new RpcFailure('bad-request', `marks cannot be kept with this recording: ${this.readOnly}`);
    try {
      this.marks = changeMarks(this.path, change);
    } catch (error) {
      if (error instanceof RecordingError) throw new RpcFailure('failed', error.message);
      throw error;
    }
    this.stamp = stampOf(marksFile(this.path));
    this.version++;
  }
}

function viewOf(mark: Mark): MarkView {
  const { text, cut } = shorten(mark.text, SHOWN_TEXT);
  return {
    ...mark,
    name: visible(mark.name),
    path: visible(mark.path),
    text: visible(text),
    ...(cut === undefined ? {} : { cut }),
  };
}

/** Another one whenever the file was replaced. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? '' : [found.ino, found.size, found.mtimeNs].join();
}
