/** A connection to a node, once the handshake is done: calls, messages, monitors, links. */
import type { Socket } from 'node:net';
import { TermError, atom, int, list, tuple, type PidTerm, type ReferenceTerm, type Term } from '../../term/index.js';
import { BeamError } from '../beam-error.js';
import { Calls } from './calls.js';
import { Op } from './control.js';
import { courtesy, sending } from './courtesy.js';
import { OWN_FLAGS, UNLINK_ID } from './flags.js';
import type { Peer } from './handshake.js';
import { identityKey, samePid } from './identity.js';
import { MessageReader, type Message } from './message-reader.js';
import { MessageWriter } from './message-writer.js';
import type { PacketReader } from './packets.js';

/** A quarter of the default net_ticktime: a node drops who is silent for that long. */
const TICK_MS = 15_000;
const DEFAULT_CALL_MS = 15_000;
/** What may wait to be sent. A node that lets more pile up does not read any more. */
const MAX_UNSENT = 64 * 1024 * 1024;

export class NodeConnection {
  /** The process that we are for the node: messages can be sent to it, processes can link to it. */
  readonly self: PidTerm;
  /** Our end of the connection: an address that the node's host can reach us at. */
  readonly localAddress: string;
  readonly #messages: MessageReader;
  readonly #writer: MessageWriter;
  readonly #calls = new Calls();
  readonly #monitors = new Map<string, (reason: Term) => void>();
  readonly #links = new Map<string, (reason: Term) => void>();
  readonly #messageListeners = new Set<(message: Term) => void>();
  readonly #closeListeners = new Set<(why: BeamError) => void>();
  readonly #ticker: NodeJS.Timeout;
  #closed: BeamError | undefined;
  #references = 0;
  #unlinks = 0;

  /** Use `connectNode`. */
  constructor(
    private readonly socket: Socket,
    private readonly packets: PacketReader,
    /** The node's full name, and what it said of itself. */
    readonly peer: Peer,
    readonly ownName: string,
    private readonly creation: number,
  ) {
    this.#messages = new MessageReader(packets.maxBytes);
    this.#writer = new MessageWriter(OWN_FLAGS & peer.flags);
    this.self = { kind: 'pid', node: ownName, number: 1, serial: 0, creation };
    this.localAddress = (socket.localAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    socket.on('data', (chunk) => {
      this.packets.push(chunk);
      this.#read();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#end(new BeamError('closed', `the connection to ${this.name} broke (${error.code ?? error.message})`));
    });
    socket.on('close', () => {
      this.#end(new BeamError('closed', `${this.name} closed the connection`));
    });
    this.#ticker = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    this.#ticker.unref();
    this.#read();
  }

  /** The node's full name. */
  get name(): string {
    return this.peer.name;
  }

  /** Why the connection ended; `undefined` while it stands. */
  get closed(): BeamError | undefined {
    return this.#closed;
  }

  /**
   * Calls `module:fn(args)` in a fresh process of the node, whose output goes to the node's own `user`. Rejects with a RemoteError
   * when it raises there, with a BeamError when the node is gone or does not answer in time.
   */
  call(module: string, fn: string, args: readonly Term[], options: { timeoutMs?: number } = {}): Promise<Term> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_CALL_MS;
    const reference = this.#reference();
    const request = tuple(atom('call'), atom(module), atom(fn), list(args), atom('user'));
    return this.#calls.start(reference, `${module}:${fn}/${args.length}`, this.name, timeoutMs, () => {
      this.send('rex', tuple(atom('$gen_call'), tuple(this.self, reference), request));
    });
  }

  /** The pid registered under that name. */
  async whereis(name: string): Promise<PidTerm | undefined> {
    const answer = await this.call('erlang', 'whereis', [atom(name)]);
    return answer.kind === 'pid' ? answer : undefined;
  }

  /** Sends a message to a process, or to a registered name, of the node. Throws when the connection has ended. */
  send(to: PidTerm | string, message: Term): void {
    this.#write(...sending(this.self, to, message));
  }

  /** Tells a process of the node to exit, as `exit/2` does. */
  exit(pid: PidTerm, reason: Term): void {
    this.#write(tuple(int(Op.EXIT2), this.self, pid, reason));
  }

  /**
   * Calls back once when that process (pid or registered name) ends, or at once with `noproc` when there is none; with `noconnection`
   * when the connection ends. The function given back stops watching.
   */
  monitor(target: PidTerm | string, callback: (reason: Term) => void): () => void {
    const reference = this.#reference();
    const to = typeof target === 'string' ? atom(target) : target;
    this.#write(tuple(int(Op.MONITOR_P), this.self, to, reference));
    this.#monitors.set(identityKey(reference), callback);
    return () => {
      if (this.#monitors.delete(identityKey(reference)) && this.#closed === undefined) {
        this.#write(tuple(int(Op.DEMONITOR_P), this.self, to, reference));
      }
    };
  }

  /** Links `self` and a process: it gets an exit signal when we are gone, we a callback when it is. The function given back unlinks. */
  link(pid: PidTerm, callback: (reason: Term) => void): () => void {
    this.#write(tuple(int(Op.LINK), this.self, pid));
    this.#links.set(identityKey(pid), callback);
    return () => {
      if (!this.#links.delete(identityKey(pid)) || this.#closed !== undefined) return;
      if ((this.peer.flags & UNLINK_ID) === 0n) this.#write(tuple(int(Op.UNLINK), this.self, pid));
      else this.#write(tuple(int(Op.UNLINK_ID), int(++this.#unlinks), this.self, pid));
    };
  }

  /** Messages to `self` that are no answers to calls. The function given back stops listening. */
  onMessage(listener: (message: Term) => void): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  /** Calls back once when the connection ends, for whatever reason, `close` included. */
  onClose(listener: (why: BeamError) => void): void {
    if (this.#closed === undefined) this.#closeListeners.add(listener);
    else listener(this.#closed);
  }

  /** Ends the connection. Calls under way are rejected. */
  close(): void {
    this.#end(new BeamError('closed', `the connection to ${this.name} is closed`));
  }

  #reference(): ReferenceTerm {
    const count = ++this.#references;
    return {
      kind: 'reference',
      node: this.ownName,
      creation: this.creation,
      words: [count % 2 ** 18, Math.floor(count / 2 ** 18), 0],
    };
  }

  #write(control: Term, payload?: Term): void {
    if (this.#closed !== undefined) throw this.#closed;
    const packets = this.#writer.packets(control, payload);
    if (this.socket.writableLength > MAX_UNSENT) {
      this.#end(new BeamError('closed', `${this.name} does not read what is sent to it`));
      throw this.#closed as unknown as BeamError;
    }
    this.socket.cork();
    for (const packet of packets) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(packet.length);
      this.socket.write(length);
      this.socket.write(packet);
    }
    this.socket.uncork();
  }

  #tick(): void {
    if (this.#closed === undefined) this.socket.write(Buffer.alloc(4));
  }

  #read(): void {
    try {
      while (this.#closed === undefined) {
        const packet = this.packets.next();
        if (packet === undefined) return;
        if (packet.length === 0) this.#tick();
        else {
          const message = this.#messages.packet(packet);
          if (message !== undefined) this.#message(message);
        }
      }
    } catch (error) {
      const what =
        error instanceof TermError || error instanceof BeamError
          ? new BeamError('protocol', `${this.name} sent a broken message: ${error.message}`)
          : error;
      if (!(what instanceof BeamError)) throw error;
      this.#end(what);
    }
  }

  #message(message: Message): void {
    const { operation, fields, payload } = message;
    switch (operation) {
      case Op.SEND:
      case Op.SEND_TT:
      case Op.SEND_SENDER:
      case Op.SEND_SENDER_TT:
      case Op.ALIAS_SEND:
      case Op.ALIAS_SEND_TT:
        if (payload !== undefined && (fields[2]?.kind === 'reference' || samePid(this.self, fields[2])))
          this.#delivered(payload);
        return;
      case Op.EXIT:
        return this.#exited(fields[1], fields[3]);
      case Op.EXIT_TT:
        return this.#exited(fields[1], fields[4]);
      case Op.PAYLOAD_EXIT:
      case Op.PAYLOAD_EXIT_TT:
        return this.#exited(fields[1], payload);
      case Op.MONITOR_P_EXIT:
        return this.#monitorFired(fields[3], fields[4]);
      case Op.PAYLOAD_MONITOR_P_EXIT:
        return this.#monitorFired(fields[3], payload);
      default: {
        // Unlinking, demonitoring, group leaders and exit/2 change nothing about a process that does nothing.
        const reply = courtesy(message, this.self);
        if (reply !== undefined) this.#write(...reply);
      }
    }
  }

  #delivered(message: Term): void {
    if (message.kind === 'tuple' && message.size === 2) {
      const [reference, answer] = message.elements;
      if (reference?.kind === 'reference' && answer !== undefined) {
        if (this.#calls.answered(reference, answer)) return;
        if (reference.node === this.ownName) return; // came too late
      }
    }
    for (const listener of this.#messageListeners) listener(message);
  }

  #exited(from: Term | undefined, reason: Term | undefined): void {
    if (from?.kind !== 'pid') return;
    const callback = this.#links.get(identityKey(from));
    this.#links.delete(identityKey(from));
    callback?.(reason ?? atom('undefined'));
  }

  #monitorFired(reference: Term | undefined, reason: Term | undefined): void {
    if (reference?.kind !== 'reference') return;
    const callback = this.#monitors.get(identityKey(reference));
    this.#monitors.delete(identityKey(reference));
    callback?.(reason ?? atom('undefined'));
  }

  #end(why: BeamError): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    clearInterval(this.#ticker);
    this.socket.end();
    this.socket.destroySoon();
    this.#calls.rejectAll(why);
    const watchers = [...this.#monitors.values(), ...this.#links.values()];
    this.#monitors.clear();
    this.#links.clear();
    for (const callback of watchers) callback(atom('noconnection'));
    for (const listener of this.#closeListeners) listener(why);
    this.#closeListeners.clear();
  }
}
