/** A connection to a node, once the handshake is done: calls, messages, monitors, links. */
import type { Socket } from 'node:net';
import { TermError, atom, int, list, tuple, type PidTerm, type ReferenceTerm, type Term } from '../../term/index.js';
import { BeamError, RemoteError } from '../beam-error.js';
import { decodeEtfAt } from '../etf-decode.js';
import { encodeEtfAll } from '../etf-encode.js';
import { Op, PASS_THROUGH } from './control.js';
import { UNLINK_ID } from './flags.js';
import type { Peer } from './handshake.js';
import { identityKey, samePid } from './identity.js';
import type { PacketReader } from './packets.js';

/** A quarter of the default net_ticktime: a node drops who is silent for that long. */
const TICK_MS = 15_000;
const DEFAULT_CALL_MS = 15_000;
/** What may wait to be sent. A node that lets more pile up does not read any more. */
const MAX_UNSENT = 64 * 1024 * 1024;

interface Waiting {
  resolve(answer: Term): void;
  reject(error: Error): void;
}

export class NodeConnection {
  /** The process that we are for the node: messages can be sent to it, processes can link to it. */
  readonly self: PidTerm;
  /** Our end of the connection: an address that the node's host can reach us at. */
  readonly localAddress: string;
  readonly #calls = new Map<string, Waiting>();
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
    const name = `${module}:${fn}/${args.length}`;
    const reference = this.#reference();
    const key = identityKey(reference);
    const request = tuple(atom('call'), atom(module), atom(fn), list(args), atom('user'));
    return new Promise<Term>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(key);
        reject(new BeamError('timeout', `${name} on ${this.name} gave no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#calls.set(key, {
        resolve: (answer) => {
          clearTimeout(timer);
          const reason = badRpc(answer);
          if (reason === undefined) resolve(answer);
          else reject(new RemoteError(name, reason));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      try {
        this.send('rex', tuple(atom('$gen_call'), tuple(this.self, reference), request));
      } catch (error) {
        this.#calls.delete(key);
        clearTimeout(timer);
        reject(error as Error);
      }
    });
  }

  /** The pid registered under that name. */
  async whereis(name: string): Promise<PidTerm | undefined> {
    const answer = await this.call('erlang', 'whereis', [atom(name)]);
    return answer.kind === 'pid' ? answer : undefined;
  }

  /** Sends a message to a process, or to a registered name, of the node. Throws when the connection has ended. */
  send(to: PidTerm | string, message: Term): void {
    if (typeof to === 'string') this.#write(tuple(int(Op.REG_SEND), this.self, atom(''), atom(to)), message);
    else this.#write(tuple(int(Op.SEND), atom(''), to), message);
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

  #write(...terms: Term[]): void {
    if (this.#closed !== undefined) throw this.#closed;
    const body = encodeEtfAll(terms);
    if (this.socket.writableLength > MAX_UNSENT) {
      this.#end(new BeamError('closed', `${this.name} does not read what is sent to it`));
      throw this.#closed as unknown as BeamError;
    }
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length + 1);
    head[4] = PASS_THROUGH;
    this.socket.cork();
    this.socket.write(head);
    this.socket.write(body);
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
        else this.#message(packet);
      }
    } catch (error) {
      const what =
        error instanceof TermError
          ? new BeamError('protocol', `${this.name} sent a broken message: ${error.message}`)
          : error;
      if (!(what instanceof BeamError)) throw error;
      this.#end(what);
    }
  }

  #message(packet: Buffer): void {
    if (packet[0] !== PASS_THROUGH)
      throw new BeamError('protocol', `${this.name} sent a message of type ${packet[0]}, which was not agreed on`);
    const { term: control, end } = decodeEtfAt(packet, 1);
    const operation = control.kind === 'tuple' ? control.elements[0] : undefined;
    if (control.kind !== 'tuple' || operation?.kind !== 'integer')
      throw new BeamError('protocol', `${this.name} sent a control message without operation`);
    const payload = end < packet.length ? decodeEtfAt(packet, end).term : undefined;
    this.#control(Number(operation.value), control.elements, payload);
  }

  #control(operation: number, fields: readonly Term[], payload: Term | undefined): void {
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
      case Op.REG_SEND:
      case Op.REG_SEND_TT:
        if (payload !== undefined) this.#sentToName(fields[3], payload);
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
      case Op.UNLINK_ID: {
        const [, id, from, to] = fields;
        if (id !== undefined && from !== undefined && to !== undefined)
          this.#write(tuple(int(Op.UNLINK_ID_ACK), id, to, from));
        return;
      }
      case Op.LINK:
        return this.#linked(fields[1], fields[2]);
      case Op.MONITOR_P:
        return this.#monitored(fields[1], fields[2], fields[3]);
      case Op.SPAWN_REQUEST:
      case Op.SPAWN_REQUEST_TT: {
        const [, request, from] = fields;
        if (request !== undefined && from !== undefined)
          this.#write(tuple(int(Op.SPAWN_REPLY), request, from, int(0), atom('notsup')));
        return;
      }
      default:
        // Unlinking, demonitoring, group leaders and exit/2 change nothing about a process that does nothing.
        return;
    }
  }

  #delivered(message: Term): void {
    if (message.kind === 'tuple' && message.size === 2) {
      const [reference, answer] = message.elements;
      if (reference?.kind === 'reference' && answer !== undefined) {
        const key = identityKey(reference);
        const waiting = this.#calls.get(key);
        if (waiting !== undefined) {
          this.#calls.delete(key);
          waiting.resolve(answer);
          return;
        }
        if (reference.node === this.ownName) return; // came too late
      }
    }
    for (const listener of this.#messageListeners) listener(message);
  }

  /** A node that is asked for us (`net_adm:ping`) asks our net_kernel; a polite hidden node says yes. */
  #sentToName(name: Term | undefined, message: Term): void {
    if (name?.kind !== 'atom' || name.name !== 'net_kernel' || message.kind !== 'tuple') return;
    const [tag, from, request] = message.elements;
    if (tag?.kind !== 'atom' || tag.name !== '$gen_call' || from?.kind !== 'tuple' || request?.kind !== 'tuple') return;
    const [pid, reference] = from.elements;
    const question = request.elements[0];
    if (pid?.kind !== 'pid' || reference === undefined || question?.kind !== 'atom' || question.name !== 'is_auth')
      return;
    this.send(pid, tuple(reference, atom('yes')));
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

  #linked(from: Term | undefined, to: Term | undefined): void {
    if (samePid(this.self, to) || from === undefined || to === undefined) return;
    this.#write(tuple(int(Op.PAYLOAD_EXIT), to, from), atom('noproc'));
  }

  #monitored(from: Term | undefined, to: Term | undefined, reference: Term | undefined): void {
    if (from === undefined || to === undefined || reference === undefined) return;
    if (samePid(this.self, to) || (to.kind === 'atom' && to.name === 'net_kernel')) return;
    this.#write(tuple(int(Op.PAYLOAD_MONITOR_P_EXIT), to, from, reference), atom('noproc'));
  }

  #end(why: BeamError): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    clearInterval(this.#ticker);
    this.socket.end();
    this.socket.destroySoon();
    for (const waiting of this.#calls.values()) waiting.reject(why);
    this.#calls.clear();
    const watchers = [...this.#monitors.values(), ...this.#links.values()];
    this.#monitors.clear();
    this.#links.clear();
    for (const callback of watchers) callback(atom('noconnection'));
    for (const listener of this.#closeListeners) listener(why);
    this.#closeListeners.clear();
  }
}

/** What `rex` answers instead of a value when the call failed. */
function badRpc(answer: Term): Term | undefined {
  if (answer.kind !== 'tuple' || answer.size !== 2) return undefined;
  const [tag, reason] = answer.elements;
  return tag?.kind === 'atom' && tag.name === 'badrpc' ? reason : undefined;
}
