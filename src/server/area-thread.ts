/**
 * Counts areas in a thread of its own (`area-desk.ts` starts it), so that other questions stay quick. While nobody waits for an answer it goes
 * on with the area that was asked for last, as long as that is asked for again and again.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openRecording, type BulkRecording } from '../recording/index.js';
import type { FromAreas, ToAreas } from './area-messages.js';
import { answerOf } from './area-parts.js';
import type { AreaTotals } from './area-totals.js';
import { AreaWorks } from './area-works.js';

/** Between two looks for questions. */
const SLICE_MS = 20;
/** Whoever asks for the first time soon sees something; who asks again waits for more. */
const FIRST_MS = 50;
const AGAIN_MS = 200;
/** Nobody asks any more: long enough for a browser or server that has much else to do. */
const GIVEN_UP_MS = 10_000;
/** Decoded parts of blocks: each is looked at once. */
const CACHE_BYTES = 48 << 20;

interface Waiting {
  question: ToAreas;
  work: AreaTotals;
  until: number;
}

class AreaThread {
  #opened: { recording: BulkRecording; works: AreaWorks } | undefined;
  readonly #waiting: Waiting[] = [];
  readonly #asked = new WeakSet<AreaTotals>();
  #last: { work: AreaTotals; until: number } | undefined;
  #running = false;

  constructor(
    private readonly path: string,
    private readonly tell: (message: FromAreas) => void,
  ) {}

  take(question: ToAreas): void {
    try {
      const { recording, works } = this.#open();
      if (question.live || recording.end().seq < question.endSeq) recording.refresh();
      if (recording.end().seq < question.endSeq) {
        this.tell({ id: question.id, problem: 'not all of it lies in these files', elsewhere: true });
        return;
      }
      const work = works.of(question.params);
      const now = performance.now();
      this.#waiting.push({ question, work, until: now + (this.#asked.has(work) ? AGAIN_MS : FIRST_MS) });
      this.#asked.add(work);
      this.#last = { work, until: now + GIVEN_UP_MS };
      this.#run();
    } catch (error) {
      this.tell({ id: question.id, problem: wordsOf(error), elsewhere: this.#opened === undefined });
    }
  }

  #open(): { recording: BulkRecording; works: AreaWorks } {
    if (this.#opened !== undefined) return this.#opened;
    const recording = openRecording(this.path, { cacheBytes: CACHE_BYTES });
    return (this.#opened = { recording, works: new AreaWorks(recording) });
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    setImmediate(this.#step);
  }

  /** A little of the work, then questions have their turn. */
  readonly #step = (): void => {
    const now = performance.now();
    const first = this.#waiting.shift();
    const work = first?.work ?? (this.#last !== undefined && now < this.#last.until ? this.#last.work : undefined);
    if (work === undefined || (first === undefined && work.done)) {
      this.#running = false;
      return;
    }
    try {
      work.look(() => performance.now() < now + SLICE_MS);
      if (first !== undefined) {
        if (work.done || performance.now() >= first.until)
          this.tell({ id: first.question.id, answer: answerOf(work, first.question.params) });
        else this.#waiting.push(first);
      }
    } catch (error) {
      if (first !== undefined) this.tell({ id: first.question.id, problem: wordsOf(error), elsewhere: false });
      this.#last = undefined;
    }
    setImmediate(this.#step);
  };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const port = parentPort;
if (port !== null) {
  const thread = new AreaThread((workerData as { path: string }).path, (message) => {
    port.postMessage(message);
  });
  port.on('message', (question: ToAreas) => {
    thread.take(question);
  });
}
