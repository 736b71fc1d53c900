/**
 * How OTP wraps what processes say to each other, read from recorded bytes without decoding them:
 *
 * ```
 * {'$gen_call', {Pid, [alias | Ref]}, Request}     a call; its reply goes to Ref, which is Pid
 * {'$gen_cast', Request}                           a cast
 * {notify, Event}                                  an event of gen_event
 * {[alias | Ref], Reply}  {ack, Pid, Result}       what somebody stands waiting for
 * ```
 */
import { atomIndex, element, skipTerm, type AtomTable, type ByteRange } from '../../term/index.js';
import type { Wrapping } from './inbox.js';

/** First bytes of terms (docs/formats/term.md). */
const REFERENCE_LOCAL = 0x89;
const TUPLE = 0x8d;
const LIST = 0x8e;

export class Envelopes {
  readonly #atoms: AtomTable;

  constructor(atoms: AtomTable) {
    this.#atoms = atoms;
  }

  wrapping(message: Uint8Array): Wrapping {
    if (message[0] !== TUPLE || (message[1] !== 3 && message[1] !== 2)) return 'info';
    const name = this.#atomAt(message, 3);
    return name === '$gen_call' ? 'call' : name === '$gen_cast' ? 'cast' : 'info';
  }

  /** Where the request or event lies inside its wrapping; undefined: the message is all there is. */
  inner(message: Uint8Array, wrapping: Wrapping): ByteRange | undefined {
    if (wrapping !== 'info') return element(message, 0, wrapping === 'call' ? 2 : 1);
    if (message[0] !== TUPLE || message[1] !== 2) return undefined;
    return this.#atomAt(message, 3) === 'notify' ? element(message, 0, 1) : undefined;
  }

  /**
   * Whether OTP's own code stands in a `receive` for just this message: the reply of a call, the acknowledgement of a start, or what the code
   * server answers when a module is loaded by its first call. A late reply does not arrive at all: its alias is off by then.
   */
  isAwaited(message: Uint8Array, fromCodeServer: boolean): boolean {
    // A tuple of two or three, all of it there: tag, size, kept, first element.
    if (message[0] !== TUPLE || message[2] !== message[1]) return false;
    if (message[1] === 3) {
      const name = this.#atomAt(message, 3);
      return name === 'ack' || name === 'nack';
    }
    if (message[1] !== 2) return false;
    if (message[3] === LIST) return this.#atomAt(message, 4) === 'alias';
    return fromCodeServer && this.#atomAt(message, 3) === 'code_server';
  }

  /** The alias that a call's reply will go to, as `referenceKey` gives it. */
  replyAlias(message: Uint8Array): string | undefined {
    if (this.wrapping(message) !== 'call') return undefined;
    const from = element(message, 0, 1);
    const tag = from && element(message, from.start, 1);
    if (!tag) return undefined;
    // [alias | Ref] is list, atom, tail mark, reference.
    const head = tag.start + 1;
    if (atomIndex(message, head) === undefined) return undefined;
    return referenceKey(message.subarray(skipTerm(message, head) + 1, tag.end));
  }

  #atomAt(bytes: Uint8Array, at: number): string | undefined {
    const index = atomIndex(bytes, at);
    return index === undefined ? undefined : this.#atoms.name(index);
  }
}

/** The words of a local reference as a key; undefined when it is something else. */
export function referenceKey(bytes: Uint8Array): string | undefined {
  return bytes[0] === REFERENCE_LOCAL
    ? Buffer.from(bytes.subarray(1, skipTerm(bytes, 0))).toString('latin1')
    : undefined;
}
