/**
 * One browser. Requests wait in a short queue and are answered one at a time, with a turn of the event loop between them, so that a newer
 * request of the same lane can take the place of an older one that still waits. What a person waits for goes first; what is only looked through little
 * by little waits until nobody has stepped through time for a moment. While the browser does not read, nothing is computed for it.
 */
import type { WebSocket } from 'ws';
import { BinaryResult } from './binary.js';
import { RpcFailure } from './failure.js';
import type { MethodName, Reply, RpcError, Tick } from './protocol.js';
import { checkRequest, readEnvelope, type CheckedRequest, type Envelope } from './schemas.js';

const MAX_WAITING = 64;
/** Bytes the browser may be behind before we stop answering. */
const MAX_UNSENT = 4 << 20;
const RETRY_MS = 25;
/** Asked for with each step through time. */
const FIRST: ReadonlySet<string> = new Set(['here', 'moment', 'event', 'nextLine'] satisfies MethodName[]);
/** Asked again and again until all is known. */
const LAST: ReadonlySet<string> = new Set([
  'interesting',
  'occasions',
  'overview',
  'lives',
  'figures',
  'crashes',
  'plans',
  'comparePairs',
  'relations',
  'activity',
  'strip',
] satisfies MethodName[]);
/** After a step those of `LAST` wait for so long, for the next step; but none longer than `PATIENCE_MS`. */
const QUIET_MS = 60;
const PATIENCE_MS = 1_500;

/** @param recording 1: of the recording that the first was opened with */
export type Answer = (request: CheckedRequest, recording: 0 | 1) => unknown;

export class Connection {
  private readonly waiting: (Envelope & { since: number })[] = [];
  private running = false;
  private steppedAt = -Infinity;
  private resting: ReturnType<typeof setTimeout> | undefined;
  /** One of `LAST` is with somebody else. */
  private away = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly answer: Answer,
  ) {
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(1003, 'text only');
      else this.receive((data as Buffer).toString('utf8'));
    });
    socket.on('error', () => {
      socket.terminate();
    });
  }

  /** Skipped while the browser is behind: the next tick says all that this one does. */
  tick(tick: Tick): void {
    if (this.socket.bufferedAmount < MAX_UNSENT) this.socket.send(JSON.stringify(tick));
  }

  private receive(text: string): void {
    const envelope = readEnvelope(text);
    if (envelope === undefined) {
      this.socket.close(1007, 'not a request');
      return;
    }
    if (envelope.lane !== undefined) {
      const older = this.waiting.findIndex((each) => each.lane === envelope.lane);
      if (older >= 0) {
        const [dropped] = this.waiting.splice(older, 1);
        this.refuse(dropped!.id, { code: 'superseded', message: 'a newer request took its place' });
      }
    }
    if (this.waiting.length >= MAX_WAITING) {
      this.refuse(envelope.id, { code: 'busy', message: 'too many requests are waiting' });
      return;
    }
    this.waiting.push({ ...envelope, since: performance.now() });
    this.wake();
  }

  private wake(): void {
    if (this.running && this.resting === undefined) return;
    clearTimeout(this.resting);
    this.resting = undefined;
    this.running = true;
    setImmediate(this.next);
  }

  /** Whose turn it is, or in how many milliseconds it will be somebody's; undefined: nobody's before something happens. */
  private turn(): Envelope | number | undefined {
    const now = performance.now();
    const at = (wanted: (method: string) => boolean): number => this.waiting.findIndex(({ method }) => wanted(method));
    let index = at((method) => FIRST.has(method));
    const patient = this.waiting.findIndex(({ method, since }) => LAST.has(method) && now - since > PATIENCE_MS);
    if (index < 0 && !this.away) index = patient;
    if (index < 0) index = at((method) => !LAST.has(method));
    if (index < 0 && this.away) return undefined;
    const rest = this.steppedAt + QUIET_MS - now;
    if (index < 0 && rest > 0) return rest;
    const [taken] = this.waiting.splice(Math.max(0, index), 1);
    return taken!;
  }

  private readonly next = (): void => {
    this.resting = undefined;
    if (this.socket.readyState !== this.socket.OPEN) {
      this.waiting.length = 0;
      this.running = false;
      return;
    }
    if (this.socket.bufferedAmount > MAX_UNSENT) {
      setTimeout(this.next, RETRY_MS);
      return;
    }
    if (this.waiting.length === 0) {
      this.running = false;
      return;
    }
    const envelope = this.turn();
    if (envelope === undefined) {
      this.running = false;
      return;
    }
    if (typeof envelope === 'number') {
      this.resting = setTimeout(this.next, envelope);
      return;
    }
    this.handle(envelope);
    if (FIRST.has(envelope.method)) this.steppedAt = performance.now();
    setImmediate(this.next);
  };

  private handle(envelope: Envelope): void {
    const request = checkRequest(envelope.method, envelope.params ?? {});
    if (typeof request === 'string') {
      this.refuse(envelope.id, { code: 'bad-request', message: request });
      return;
    }
    const failed = (error: unknown): void => {
      if (error instanceof RpcFailure) this.refuse(envelope.id, { code: error.code, message: error.message });
      else
        this.refuse(envelope.id, { code: 'failed', message: error instanceof Error ? error.message : String(error) });
    };
    const done = (result: unknown): void => {
      if (result instanceof BinaryResult) this.socket.send(result.encode(envelope.id));
      else this.send({ id: envelope.id, ok: true, result });
    };
    try {
      const result = this.answer(request, envelope.recording);
      // Only what is passed on to someone else takes time of its own; other questions go on meanwhile.
      if (!(result instanceof Promise)) done(result);
      else if (!LAST.has(envelope.method)) result.then(done).catch(failed);
      else {
        this.away = true;
        const back = (): void => {
          this.away = false;
          this.wake();
        };
        result.then(done).catch(failed).finally(back);
      }
    } catch (error) {
      failed(error);
    }
  }

  private refuse(id: number, error: RpcError): void {
    this.send({ id, ok: false, error });
  }

  private send(reply: Reply): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(reply));
  }
}
