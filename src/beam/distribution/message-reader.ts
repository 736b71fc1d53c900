/** Packets of a node → its messages: a control message each, and mostly a payload. */
import { type Term } from '../../term/index.js';
import { BeamError } from '../beam-error.js';
import { decodeBareEtfAt, decodeEtfAt } from '../etf-decode.js';
import { VERSION } from '../etf-tags.js';
import { AtomCache } from './atom-cache.js';
import { Header } from './control.js';
import { Fragments, type WholeMessage } from './fragments.js';

export interface Message {
  readonly operation: number;
  /** The control message's elements, the operation first. */
  readonly fields: readonly Term[];
  readonly payload: Term | undefined;
}

export class MessageReader {
  readonly #cache = new AtomCache();
  readonly #fragments: Fragments;

  /** @param maxBytes for a message, however many packets it comes in */
  constructor(maxBytes: number) {
    this.#fragments = new Fragments(maxBytes);
  }

  /** Bytes kept of messages that are not whole yet. */
  get heldBytes(): number {
    return this.#fragments.heldBytes;
  }

  /** The message that this packet completes. Throws a BeamError or a TermError; what comes afterwards cannot be understood then. */
  packet(packet: Buffer): Message | undefined {
    if (packet[0] === Header.PASS_THROUGH) return passedThrough(packet);
    const kind = packet[0] === VERSION ? packet[1] : undefined;
    let whole: WholeMessage | undefined;
    if (kind === Header.WHOLE) {
      const { atoms, end } = this.#cache.read(packet, 2);
      whole = { atoms, body: packet.subarray(end) };
    } else if (kind === Header.FIRST_FRAGMENT || kind === Header.NEXT_FRAGMENT) {
      if (packet.length < 18) throw new BeamError('protocol', 'the header of a fragment is cut off');
      const sequence = packet.readBigUInt64BE(2);
      const fragment = packet.readBigUInt64BE(10);
      if (kind === Header.FIRST_FRAGMENT) {
        const { atoms, end } = this.#cache.read(packet, 18);
        whole = this.#fragments.first(sequence, fragment, { atoms, body: packet.subarray(end) });
      } else whole = this.#fragments.next(sequence, fragment, packet.subarray(18));
    } else throw new BeamError('protocol', `a message of type ${packet[0]}, which was not agreed on`);
    return whole === undefined ? undefined : behindHeader(whole);
  }
}

function passedThrough(packet: Buffer): Message {
  const { term, end } = decodeEtfAt(packet, 1);
  return message(term, end < packet.length ? decodeEtfAt(packet, end).term : undefined);
}

function behindHeader({ atoms, body }: WholeMessage): Message {
  const { term, end } = decodeBareEtfAt(body, 0, atoms);
  return message(term, end < body.length ? decodeBareEtfAt(body, end, atoms).term : undefined);
}

function message(control: Term, payload: Term | undefined): Message {
  const operation = control.kind === 'tuple' ? control.elements[0] : undefined;
  if (control.kind !== 'tuple' || operation?.kind !== 'integer')
    throw new BeamError('protocol', 'a control message without operation');
  return { operation: Number(operation.value), fields: control.elements, payload };
}
