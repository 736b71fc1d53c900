/**
 * Where questions are answered that nobody waits for with a finger on a key: in a thread that reads the recording's files itself, so that none of
 * them stands before a step through time. Until that thread is there, where the files do not lie on this machine's disk, and where the thread
 * is not built (tests run from the sources), they are answered here.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Recording } from '../recording/index.js';
import type { FromBackground, ToBackground } from './background-messages.js';
import { BinaryResult } from './binary.js';
import { RpcFailure } from './failure.js';
import type { MethodName } from './protocol.js';
import type { CheckedRequest } from './schemas.js';

/** They ask the recording only, and say themselves where they go on: it does not matter which of both sides answered before. */
const BACKGROUND: ReadonlySet<string> = new Set([
  'overview',
  'activity',
  'strip',
  'relations',
  'figures',
  'interesting',
  'occasions',
  'raises',
  'crashes',
  'plans',
  'search',
] satisfies MethodName[]);
/** While a view is being opened the browser needs the other core. */
const START_MS = 1_000;
/** The thread is ended after so long without a question. */
const IDLE_MS = 5 * 60_000;
const HEAP_MB = 512;

interface Waiting {
  done: (result: unknown) => void;
  failed: (error: Error) => void;
  here: () => unknown;
}

export class BackgroundDesk {
  #worker: Worker | undefined;
  #ready = false;
  /** The thread cannot be had, or cannot read the recording. */
  #never = false;
  #starting: ReturnType<typeof setTimeout> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @param program what the thread runs, where it is not the built one beside this file; @param startMs after the first question */
  constructor(
    private readonly recording: Recording,
    private readonly program = fileURLToPath(new URL('./background-thread.js', import.meta.url)),
    private readonly startMs = START_MS,
  ) {}

  /** Whether questions go to the thread by now. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The answer of the thread where the question is one for it, else that of `here`. */
  answer(request: CheckedRequest, live: boolean, here: () => unknown): unknown {
    if (this.#never || !BACKGROUND.has(request.method)) return here();
    if (!this.#ready) {
      this.#start();
      return here();
    }
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed, here });
      this.#worker?.postMessage({ id, request, endSeq: this.recording.end().seq, live } satisfies ToBackground);
    });
  }

  close(): void {
    this.#never = true;
    clearTimeout(this.#idle);
    clearTimeout(this.#starting);
    void this.#worker?.terminate();
  }

  #start(): void {
    if (this.#worker !== undefined || this.#starting !== undefined) return;
    const { path } = this.recording;
    if (!existsSync(join(path, 'recording.json')) || !existsSync(this.program)) {
      this.#never = true;
      return;
    }
    this.#starting = setTimeout(() => {
      this.#starting = undefined;
      this.#run(path);
    }, this.startMs);
    this.#starting.unref();
  }

  #run(path: string): void {
    const worker = new Worker(this.program, {
      workerData: { path },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.unref();
    worker.on('message', (message: FromBackground) => {
      if ('ready' in message) this.#ready = true;
      else this.#take(message);
    });
    // Whatever ended it would end the next one too.
    worker.on('error', () => {
      this.#never = true;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#ready = false;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const each of waiting) answerHere(each);
    });
    this.#worker = worker;
  }

  #take(message: Exclude<FromBackground, { ready: true }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#rest();
    if (waiting === undefined) return;
    if ('result' in message) waiting.done(message.result);
    else if ('columns' in message) waiting.done(new BinaryResult(message.meta, message.columns));
    else if ('error' in message) waiting.failed(new RpcFailure(message.error.code, message.error.message));
    else answerHere(waiting);
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.#worker?.terminate();
    }, IDLE_MS);
    this.#idle.unref();
  }
}

function answerHere({ done, failed, here }: Waiting): void {
  try {
    done(here());
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)));
  }
}
