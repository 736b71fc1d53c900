/**
 * The receiving end of a capture: a socket for probes, their streams, one recording.
 *
 * Several VMs may connect (a `mix` that starts another `erl`); each becomes a node of the recording. The recording is made when
 * the first of them says HELLO, because only then its start is known.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { encodeEtf } from '../beam/index.js';
import {
  createRecording,
  ProbeStream,
  type Keep,
  type RecordingWriter,
  type SharedRecording,
} from '../recording/index.js';
import { atom, binary, list, tuple } from '../term/index.js';
import { Control, WireError, type Hello, type Note } from '../wire/index.js';
import type { RecorderAddress } from './config.js';
import { ControlServer } from './control-server.js';
import type { DepthRule, Plan } from '../plan/index.js';
import { PlanFile } from './plan-file.js';

const HEARTBEAT_MS = 500;
const FLUSH_MS = 250;
/**
 * A probe says something at least ten times a second. When the network drops what it sends, nobody says so: after this many heartbeats
 * without a word the connection is over. Counted, not measured, so that a recorder that was stopped for a while does not take
 * what waits for it for silence.
 */
const MOST_SILENT_BEATS = 20;
/** A control must stay below 1 MiB. */
const MAX_CONTROL = 512 * 1024;
/** A connection that has not introduced itself by then is closed. */
const HELLO_MS = 10_000;
const MAX_CONNECTIONS = 64;

export interface RecorderOptions {
  /** Where the recording is made. */
  path: string;
  /** A Unix socket at this path, or TCP on this local address with a free port. */
  listen: { unix: string; othersMayConnect: boolean } | { host: string };
  ringDirectory: string | undefined;
  /** Where to listen for those who want something of the recorder. */
  control: string;
  /** What the plan is, for those who look at the recording later. */
  plan?: Plan | undefined;
  /** What is run, as the person typed it. */
  command?: string;
  onHello?: (hello: Hello) => void;
  /** Keep only the newest part of the recording; everything unless told. */
  keep?: Keep | undefined;
  onNote?: (note: Note) => void;
  /** All streams that there were have ended; with what went wrong with the last of them, if that is known. */
  onIdle?: (problem: string | undefined) => void;
  /** The recording cannot be written any more (disk full, …). */
  onFailure?: (error: Error) => void;
}

/** The program that was recorded, once it has ended. */
export interface EndedProgram {
  exitStatus: string;
  osPid: number | undefined;
  /** For people: `exit status 3`, `killed by SIGKILL`. */
  end: string;
}

interface Connection {
  socket: Socket;
  stream: ProbeStream;
  /** Heartbeats since the probe was heard. */
  silentBeats: number;
}

export class Recorder {
  readonly token = randomBytes(16).toString('hex');
  readonly #options: RecorderOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #shared: SharedRecording;
  #writer: RecordingWriter | undefined;
  /** Streams that ended without a goodbye. */
  readonly #died: ProbeStream[] = [];
  /** What was asked for since the beginning, for nodes that are still to come. */
  readonly #changes: DepthRule[] = [];
  #control: ControlServer | undefined;
  #plan: PlanFile | undefined;
  #timers: NodeJS.Timeout[] = [];
  #failed: Error | undefined;

  private constructor(options: RecorderOptions) {
    this.#options = options;
    this.#shared = {
      writer: (startedAtMs) => (this.#writer ??= this.#create(startedAtMs)),
      startNs: undefined,
      clock: { ns: 0 },
      token: this.token,
      ringDirectory: options.ringDirectory,
    };
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  #create(startedAtMs: number): RecordingWriter {
    const writer = createRecording({
      path: this.#options.path,
      startedAtMs,
      ...(this.#options.keep ? { keep: this.#options.keep } : {}),
    });
    writer.setCommand(this.#options.command);
    try {
      if (this.#options.plan) this.#plan = new PlanFile(this.#options.path, this.#options.plan);
      this.#control?.open(this.#options.path);
    } catch (error) {
      this.#options.onNote?.({ level: 'warning', text: `depths cannot be changed while it records: ${String(error)}` });
    }
    return writer;
  }

  /** Listens; rejects when the socket cannot be made. */
  static async listen(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    await new Promise<void>((resolve, reject) => {
      recorder.#server.once('error', reject);
      const { listen } = options;
      if ('unix' in listen) recorder.#server.listen(listen.unix, resolve);
      else recorder.#server.listen(0, listen.host, resolve);
    });
    if ('unix' in options.listen && options.listen.othersMayConnect) chmodSync(options.listen.unix, 0o666);
    recorder.#control = await ControlServer.listen(options.control, { depth: (rules) => recorder.changeDepth(rules) });
    recorder.#timers = [
      setInterval(() => recorder.#heartbeat(), HEARTBEAT_MS),
      setInterval(() => recorder.#flush(), FLUSH_MS),
    ];
    return recorder;
  }

  get address(): RecorderAddress {
    const { listen } = this.#options;
    if ('unix' in listen) return { unix: listen.unix };
    return { host: listen.host, port: (this.#server.address() as AddressInfo).port };
  }

  /** Undefined until the first probe has connected. */
  get writer(): RecordingWriter | undefined {
    return this.#writer;
  }

  get connected(): number {
    return this.#connections.size;
  }

  /**
   * Every node, those that connect later too, records these functions at these depths from now on.
   * @returns how many nodes were told at once
   */
  changeDepth(rules: readonly DepthRule[]): number {
    this.#changes.push(...rules);
    this.#plan?.add(rules, 'asked for while it was recorded');
    const told = [...this.#connections].filter(({ stream }) => stream.hello !== undefined);
    for (const { socket } of told) tell(socket, rules);
    return told.length;
  }

  /** Asks every probe to stop and waits until all have said goodbye, at most `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    for (const { socket } of this.#connections) socket.write(Buffer.from([Control.STOP]));
    await this.idle(timeoutMs);
  }

  /** Waits until no probe is connected; false when the time was over first. */
  async idle(timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    while (this.#connections.size > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.#connections.size === 0;
  }

  /**
   * Ends the recording: whoever is still connected is cut off.
   * @returns whether there is a recording
   */
  close(program?: EndedProgram): boolean {
    for (const timer of this.#timers) clearInterval(timer);
    this.#server.close();
    this.#control?.close();
    for (const connection of [...this.#connections]) this.#end(connection, 'the recorder stopped');
    if (!this.#writer) return false;
    this.#writing(() => {
      if (program) this.#tellEnd(program);
      this.#writer?.close();
    });
    return true;
  }

  /** A VM that was the program itself did not say goodbye, but how it ended is known. */
  #tellEnd(program: EndedProgram): void {
    this.#writer?.setCommand(this.#options.command, program.exitStatus);
    const vm = this.#died.find((stream) => stream.hello?.osPid === program.osPid);
    if (vm) this.#writer?.updateNode(vm.node, { end: program.end });
  }

  #accept(socket: Socket): void {
    const connection: Connection = {
      socket,
      stream: new ProbeStream(this.#shared, {
        hello: (hello) => {
          if (this.#changes.length > 0) tell(socket, this.#changes);
          this.#options.onHello?.(hello);
        },
        note: (note) => this.#options.onNote?.(note),
      }),
      silentBeats: 0,
    };
    this.#connections.add(connection);
    const late = setTimeout(() => {
      if (!connection.stream.hello) this.#end(connection, 'the probe did not introduce itself');
    }, HELLO_MS);
    socket.on('data', (chunk) => this.#receive(connection, chunk));
    socket.on('error', () => this.#end(connection));
    socket.on('close', () => {
      clearTimeout(late);
      this.#end(connection);
    });
  }

  #receive(connection: Connection, chunk: Buffer): void {
    if (!this.#connections.has(connection)) return;
    connection.silentBeats = 0;
    try {
      connection.stream.push(chunk);
    } catch (error) {
      if (error instanceof WireError) {
        this.#options.onNote?.({ level: 'warning', text: `a probe was cut off: ${error.message}` });
        this.#end(connection, error.message);
      } else this.#fail(error);
    }
  }

  #end(connection: Connection, problem?: string, unreadable = problem !== undefined): void {
    if (!this.#connections.delete(connection)) return;
    connection.socket.destroy();
    this.#writing(() => connection.stream.finish(problem, unreadable));
    if (problem === undefined && !connection.stream.goodbye) this.#died.push(connection.stream);
    if (this.#connections.size === 0) this.#options.onIdle?.(problem);
  }

  #heartbeat(): void {
    const overNetwork = 'host' in this.#options.listen;
    for (const connection of [...this.#connections]) {
      connection.socket.write(Buffer.from([Control.ALIVE]));
      if (overNetwork && ++connection.silentBeats > MOST_SILENT_BEATS)
        this.#end(connection, 'the network to the node went silent', false);
    }
  }

  #flush(): void {
    this.#writing(() => this.#writer?.flush());
  }

  #writing(work: () => void): void {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The disk is full, or worse: the program must not wait for us any longer. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = error instanceof Error ? error : new Error(String(error));
    for (const { socket } of this.#connections) socket.destroy();
    this.#connections.clear();
    this.#options.onFailure?.(this.#failed);
  }
}

/** Control `D` of docs/formats/wire.md, as often as its size makes necessary. */
function tell(socket: Socket, rules: readonly DepthRule[]): void {
  const terms = rules.map(({ module, fn, depth }) => tuple(binary(module), binary(fn), binary(depth)));
  const body = encodeEtf(tuple(atom('depths'), list(terms)));
  if (body.length > MAX_CONTROL && rules.length > 1) {
    const half = rules.length >> 1;
    tell(socket, rules.slice(0, half));
    return tell(socket, rules.slice(half));
  }
  const head = Buffer.alloc(5);
  head.writeUInt8(Control.DEPTHS, 0);
  head.writeUInt32LE(body.length, 1);
  socket.write(Buffer.concat([head, body]));
}
