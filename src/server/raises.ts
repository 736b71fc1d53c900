/** Exceptions and failed tests of the whole recording, looked for a moment at a time; of one that grows, from where the last look ended. */
import { Raises, raiseText } from '../recording/index.js';
import type { Questions } from './questions.js';
import type { RaisesResult } from './raises-protocol.js';
import { shorten, visible } from './text.js';

const BUDGET_MS = 30;
const MOST = 1_000;
const TEXT = 200;

export class RaiseFinder {
  private readonly found = new Raises((fn) => this.questions.recording.function(fn));
  private looked = 0;

  constructor(private readonly questions: Questions) {}

  all(): RaisesResult {
    const done = this.look();
    const { list } = this.found;
    if (!done) return { raises: [], more: false, done };
    const name = (fn: number): string => this.questions.functionName(fn) ?? '';
    const raises = list.slice(0, MOST).map((raise) => {
      const { process, seq, ns, fn, outermost, test } = raise;
      const text = visible(raiseText(raise, { syntax: this.questions.syntaxOf(process), maxLength: TEXT }));
      return { process, seq, ns, fn: name(fn), outermost: name(outermost), text: shorten(text, TEXT).text, test };
    });
    return { raises, more: list.length > MOST, done };
  }

  /** Whether the end was reached, or more than are told. */
  private look(): boolean {
    const { recording } = this.questions;
    const until = performance.now() + BUDGET_MS;
    const end = recording.end().seq;
    if (this.looked >= end || this.found.list.length > MOST) return true;
    let looked = 0;
    for (const event of recording.events({ kinds: ['exception'], from: recording.momentOf(this.looked + 1) })) {
      this.found.add(event);
      this.looked = event.seq;
      if (this.found.list.length > MOST) return true;
      if ((++looked & 15) === 0 && performance.now() > until) return false;
    }
    this.looked = Math.max(this.looked, end);
    return true;
  }
}
