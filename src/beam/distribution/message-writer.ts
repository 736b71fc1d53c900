/** Messages → packets, in the form that both ends agreed on, large ones in fragments. */
import type { Term } from '../../term/index.js';
import { encodeBareEtf, encodeEtfAll } from '../etf-encode.js';
import { VERSION } from '../etf-tags.js';
import { Header } from './control.js';
import { ATOM_CACHE, FRAGMENTS } from './flags.js';

/** No packet is larger, header included: others can send in between, and a node's own are of that size. */
const MAX_FRAGMENT = 64 * 1024;
const FRAGMENT_HEADER = 18;

export class MessageWriter {
  readonly #header: boolean;
  readonly #fragments: boolean;
  #sequence = 0n;

  /** @param agreed the flags that both ends have */
  constructor(agreed: bigint) {
    this.#header = (agreed & ATOM_CACHE) !== 0n;
    this.#fragments = this.#header && (agreed & FRAGMENTS) !== 0n;
  }

  /** The packets of a message, without their lengths. Throws a TermError for a term that cannot be sent. */
  packets(control: Term, payload?: Term): Uint8Array[] {
    if (!this.#header) {
      const terms = encodeEtfAll(payload === undefined ? [control] : [control, payload]);
      return [Buffer.concat([Buffer.from([Header.PASS_THROUGH]), terms])];
    }
    const head = encodeBareEtf(control);
    const body = payload === undefined ? new Uint8Array() : encodeBareEtf(payload);
    const size = head.length + body.length;
    const room = MAX_FRAGMENT - FRAGMENT_HEADER - 1;
    // A control message must be whole in the first fragment.
    if (!this.#fragments || size <= room || head.length > room)
      return [Buffer.concat([Buffer.from([VERSION, Header.WHOLE, 0]), head, body])];
    return this.#cut(Buffer.concat([head, body]), room);
  }

  #cut(message: Buffer, room: number): Uint8Array[] {
    const sequence = ++this.#sequence;
    const count = Math.ceil(message.length / room);
    return Array.from({ length: count }, (_, i) => {
      const header = Buffer.alloc(i === 0 ? FRAGMENT_HEADER + 1 : FRAGMENT_HEADER);
      header[0] = VERSION;
      header[1] = i === 0 ? Header.FIRST_FRAGMENT : Header.NEXT_FRAGMENT;
      header.writeBigUInt64BE(sequence, 2);
      header.writeBigUInt64BE(BigInt(count - i), 10);
      return Buffer.concat([header, message.subarray(i * room, (i + 1) * room)]);
    });
  }
}
