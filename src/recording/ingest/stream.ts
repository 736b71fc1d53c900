/**
 * One probe's stream, from bytes to rows: frames, the order of rings, the node's ingest. Knows nothing of sockets, so that a test can feed
 * it bytes. Whatever breaks the rules ends the stream with a clear reason; what came before is in the recording.
 */
import { timingSafeEqual } from 'node:crypto';
import { dirname } from 'node:path';
import { TermError } from '../../term/index.js';
import {
  clockBase,
  FrameParser,
  FrameType,
  parseGoodbye,
  parseHello,
  parseNote,
  parseSource,
  readRingFile,
  WireError,
  type ClockBase,
  type Frame,
  type Goodbye,
  type Hello,
  type Note,
  type RecordCursor,
} from '../../wire/index.js';
import type { RecordingWriter } from '../writer-api.js';
import { NodeIngest } from './ingest.js';
import { RingMerge } from './merge.js';

export interface StreamEvents {
  /** A probe introduced itself and is being recorded. */
  hello(hello: Hello): void;
  note(note: Note): void;
}

/** What the streams of one recording share: the file is made when the first probe says what time it is. */
export interface SharedRecording {
  /** Creates the recording at the first call. */
  writer(startedAtMs: number): RecordingWriter;
  /** Nanoseconds since 1970 of the recording's start; set with the writer. */
  startNs: bigint | undefined;
  /** Time of the last row. */
  readonly clock: { ns: number };
  /** The token every probe must give. */
  readonly token: string;
  /** Where probes of this host were told to put their ring files; undefined: none was. */
  readonly ringDirectory: string | undefined;
}

export class ProbeStream {
  readonly #shared: SharedRecording;
  readonly #events: StreamEvents;
  readonly #frames: FrameParser;
  #hello: Hello | undefined;
  #goodbye: Goodbye | undefined;
  #node = 0;
  #base: ClockBase | undefined;
  #ingest: NodeIngest | undefined;
  #merge: RingMerge | undefined;
  #writer: RecordingWriter | undefined;
  #unreadable = 0;
  #finished = false;

  constructor(shared: SharedRecording, events: StreamEvents) {
    this.#shared = shared;
    this.#events = events;
    this.#frames = new FrameParser({
      token: (token) => {
        if (!sameText(token, shared.token)) throw new WireError('the probe gave a wrong token');
      },
      frame: (frame) => this.#frame(frame),
    });
  }

  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** Index of the node in the recording. */
  get node(): number {
    return this.#node;
  }

  get goodbye(): Goodbye | undefined {
    return this.#goodbye;
  }

  /** @throws WireError when the stream breaks the rules; call `finish` then and close the socket. */
  push(chunk: Uint8Array): void {
    this.#frames.push(chunk);
  }

  /**
   * The stream is over: everything that waits goes into the recording, and what a dead VM left in its ring file too.
   * @param problem what was wrong, when it did not end by itself
   * @param unreadable whether bytes came that could not be understood
   */
  finish(problem?: string, unreadable = problem !== undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    if (!this.#hello || !this.#ingest || !this.#merge) return;
    const reason = problem ?? (this.#goodbye ? this.#goodbye.reason : 'the VM died, or the connection to it');
    if (!this.#goodbye) this.#leftInRings(this.#hello);
    this.#guarded(() => this.#merge?.flush());
    if (this.#unreadable > 0) this.#ingest.gap('unreadable bytes', this.#unreadable);
    if (unreadable) this.#ingest.gap('unreadable bytes', 1);
    this.#ingest.nodeEvent('down', reason);
    this.#writer?.updateNode(this.#node, { end: reason });
  }

  #frame(frame: Frame): void {
    if (frame.type === FrameType.HELLO) {
      if (this.#hello) throw new WireError('the probe said HELLO twice');
      return this.#begin(parseHello(frame.body));
    }
    const merge = this.#merge;
    if (!merge || !this.#base) throw new WireError('the probe did not begin with HELLO');
    const { body } = frame;
    switch (frame.type) {
      case FrameType.EVENTS: {
        if (body.length < 8) throw new WireError('an EVENTS frame without a position');
        const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
        const position = Number(view.getBigUint64(0, true));
        const missing = merge.push(frame.ring, position, body.subarray(8));
        if (missing > 0) this.#ingest?.gap('unreadable bytes', missing);
        return;
      }
      case FrameType.WATERMARK: {
        if (body.length < 8) throw new WireError('a WATERMARK frame without a time');
        const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
        const ns =
          (view.getInt32(4, true) - this.#base.high) * 0x1_0000_0000 + (view.getUint32(0, true) - this.#base.low);
        merge.take(ns);
        return;
      }
      case FrameType.NOTE:
        return this.#events.note(parseNote(body));
      case FrameType.SOURCE:
        this.#ingest?.source(parseSource(body));
        return;
      default:
        this.#goodbye = parseGoodbye(body);
    }
  }

  #begin(hello: Hello): void {
    const systemNs = BigInt(hello.systemNs);
    const writer = this.#shared.writer(Number(systemNs / 1_000_000n));
    this.#shared.startNs ??= systemNs;
    const offset = Number(systemNs - this.#shared.startNs);
    this.#writer = writer;
    this.#hello = hello;
    this.#base = clockBase(hello.monotonicNs);
    this.#node = writer.addNode({
      name: hello.node,
      otp: hello.otp,
      elixir: hello.elixir ?? undefined,
      engine: hello.engine,
      engineWhy: hello.engineWhy ?? undefined,
      osPid: hello.osPid === 0 ? undefined : hello.osPid,
      end: undefined,
    });
    const ingest = new NodeIngest(writer, this.#node, offset, this.#shared.clock);
    this.#ingest = ingest;
    this.#merge = new RingMerge(this.#base, (record) => this.#record(ingest, record));
    ingest.nodeEvent('up', hello.mode);
    ingest.ownProcesses(hello.selfPids);
    this.#events.hello(hello);
  }

  /** A record whose payload makes no sense is left out and counted: its frame was sound, so the next one can be read. */
  #record(ingest: NodeIngest, record: RecordCursor): void {
    try {
      ingest.record(record);
    } catch (error) {
      if (!(error instanceof TermError) && !(error instanceof WireError)) throw error;
      this.#unreadable++;
    }
  }

  #leftInRings(hello: Hello): void {
    const { ringFile } = hello;
    const merge = this.#merge;
    // The node says where its ring file is; only where it was told to put one is it believed.
    if (ringFile === null || !merge || dirname(ringFile) !== this.#shared.ringDirectory) return;
    this.#guarded(() => {
      for (const rest of readRingFile(ringFile, (ring) => merge.received(ring)))
        merge.push(rest.ring, rest.position, rest.bytes);
    });
  }

  /** Runs what may fail on bytes from outside; a failure is a gap, not the end of the recorder. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      // The ring file may be gone, another user's or on another host: then there is nothing more to be had.
      if (error instanceof WireError || error instanceof TermError) this.#unreadable++;
    }
  }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
