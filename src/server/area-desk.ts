/**
 * Where areas are counted: in a thread that reads the recording's files itself. Where they do not lie on this machine's disk, or where the
 * thread is not built (tests run from the sources), here, a little with each question.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { BulkRecording, Recording } from '../recording/index.js';
import type { FromAreas, ToAreas } from './area-messages.js';
import { answerOf, type AreaParams, type NamelessAnswer } from './area-parts.js';
import { AreaWorks } from './area-works.js';
import { RpcFailure } from './failure.js';

/** Of work here, between other questions. */
const BUDGET_MS = 30;
/** The thread is ended after so long without a question. */
const IDLE_MS = 5 * 60_000;
const HEAP_MB = 512;

const isBulk = (recording: Recording): recording is BulkRecording => 'blocks' in recording && 'openCalls' in recording;

export class AreaDesk {
  #worker: Worker | undefined;
  /** The thread cannot be had, or cannot read the recording. */
  #here: AreaWorks | undefined;
  #lastId = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  readonly #waiting = new Map<number, { params: AreaParams; done: (answer: NamelessAnswer) => void; failed: (error: Error) => void }>(); // prettier-ignore

  /** @param program what the thread runs, where it is not the built one beside this file */
  constructor(
    private readonly recording: Recording,
    private readonly program = fileURLToPath(new URL('./area-thread.js', import.meta.url)),
  ) {}

  /** Totals so far. Ask again until they are `done`. */
  ask(params: AreaParams, live: boolean): NamelessAnswer | Promise<NamelessAnswer> {
    if (this.#here !== undefined) return this.#lookHere(params);
    const worker = this.#started();
    if (worker === undefined) return this.#lookHere(params);
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    return new Promise((done, failed) => {
      this.#waiting.set(id, { params, done, failed });
      worker.postMessage({ id, params, endSeq: this.recording.end().seq, live } satisfies ToAreas);
    });
  }

  close(): void {
    clearTimeout(this.#idle);
    void this.#worker?.terminate();
  }

  #lookHere(params: AreaParams): NamelessAnswer {
    const { recording } = this;
    if (!isBulk(recording)) throw new RpcFailure('failed', 'the events of this recording do not lie on this machine');
    const totals = (this.#here ??= new AreaWorks(recording)).of(params);
    const until = performance.now() + BUDGET_MS;
    totals.look(() => performance.now() < until);
    return answerOf(totals, params);
  }

  #started(): Worker | undefined {
    if (this.#worker !== undefined) return this.#worker;
    const { path } = this.recording;
    if (!existsSync(join(path, 'recording.json')) || !existsSync(this.program)) return undefined;
    const worker = new Worker(this.program, {
      workerData: { path },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.unref();
    worker.on('message', (message: FromAreas) => {
      this.#take(message);
    });
    const gone = (why: string): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { failed } of waiting) failed(new RpcFailure('failed', why));
    };
    worker.on('error', (error) => {
      gone(`the totals of the area could not be counted: ${error.message}`);
    });
    worker.on('exit', () => {
      gone('the totals of the area could not be counted: the thread that does has ended');
    });
    return (this.#worker = worker);
  }

  #take(message: FromAreas): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#rest();
    if (waiting === undefined) return;
    if ('answer' in message) waiting.done(message.answer);
    else if (!message.elsewhere) waiting.failed(new RpcFailure('failed', message.problem));
    else {
      try {
        waiting.done(this.#lookHere(waiting.params));
      } catch (error) {
        waiting.failed(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.#worker?.terminate();
      this.#worker = undefined;
    }, IDLE_MS);
    this.#idle.unref();
  }
}
