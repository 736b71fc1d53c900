/**
 * The handshake of the distribution protocol, version 6, from the side that connects (erts/doc, "Distribution Handshake"). A state
 * machine without a socket: packets in, packets out.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BeamError } from '../beam-error.js';
import { NEEDED_FLAGS, OWN_FLAGS } from './flags.js';

export interface HandshakeOptions {
  readonly ownName: string;
  readonly creation: number;
  /** The name that the node must give of itself. */
  readonly nodeName: string;
  readonly cookie: string;
  /** Ours, random. */
  readonly challenge: number;
}

export interface Peer {
  readonly name: string;
  readonly flags: bigint;
  readonly creation: number;
}

/** What to do after a packet: send these packets; `peer` when the handshake is done. */
export interface Step {
  readonly send: readonly Buffer[];
  readonly peer?: Peer;
}

export class Handshake {
  #waitsFor: 'status' | 'challenge' | 'ack' = 'status';
  #peer: Peer | undefined;

  constructor(private readonly options: HandshakeOptions) {}

  /** Whether our answer to the node's challenge is under way: if the node hangs up now, it did not like the cookie. */
  get answered(): boolean {
    return this.#waitsFor === 'ack';
  }

  /** The first packet. */
  start(): Buffer {
    const name = Buffer.from(this.options.ownName);
    const packet = Buffer.alloc(15 + name.length);
    packet.write('N', 0, 'latin1');
    packet.writeBigUInt64BE(OWN_FLAGS, 1);
    packet.writeUInt32BE(this.options.creation, 9);
    packet.writeUInt16BE(name.length, 13);
    name.copy(packet, 15);
    return packet;
  }

  /** Throws a BeamError. */
  packet(packet: Buffer): Step {
    switch (this.#waitsFor) {
      case 'status':
        return this.#status(packet);
      case 'challenge':
        return this.#challenge(packet);
      case 'ack':
        return this.#ack(packet);
    }
  }

  #status(packet: Buffer): Step {
    const { nodeName } = this.options;
    if (packet[0] !== 0x73) throw broken(nodeName);
    const status = packet.toString('latin1', 1);
    this.#waitsFor = 'challenge';
    switch (status) {
      case 'ok':
      case 'ok_simultaneous':
        return { send: [] };
      case 'alive': // an old connection of a node with our name: take its place
        return { send: [Buffer.from('strue')] };
      case 'nok':
        throw new BeamError('refused', `${nodeName} is connecting to a node of our name already: try again`);
      case 'not_allowed':
        throw new BeamError(
          'refused',
          `${nodeName} only lets named nodes in (net_kernel:allow/1), and we are not one of them`,
        );
      default:
        throw new BeamError('refused', `${nodeName} refused the connection: "${status.slice(0, 80)}"`);
    }
  }

  #challenge(packet: Buffer): Step {
    const { nodeName, cookie, challenge } = this.options;
    if (packet[0] === 0x6e)
      throw new BeamError('refused', `${nodeName} runs Erlang/OTP 22 or older; 25 is the oldest supported`);
    if (packet[0] !== 0x4e || packet.length < 19 || packet.length < 19 + packet.readUInt16BE(17))
      throw broken(nodeName);
    const flags = packet.readBigUInt64BE(1);
    const name = packet.toString('utf8', 19, 19 + packet.readUInt16BE(17));
    if (name !== nodeName)
      throw new BeamError(
        'refused',
        `the node that answers calls itself ${name.slice(0, 255)}, not ${nodeName}: use its own name`,
      );
    if ((flags & NEEDED_FLAGS) !== NEEDED_FLAGS)
      throw new BeamError('refused', `${nodeName} is too old: Erlang/OTP 25 is the oldest supported`);
    this.#peer = { name, flags, creation: packet.readUInt32BE(13) };
    this.#waitsFor = 'ack';
    const reply = Buffer.alloc(21);
    reply.write('r', 0, 'latin1');
    reply.writeUInt32BE(challenge, 1);
    digest(cookie, packet.readUInt32BE(9)).copy(reply, 5);
    return { send: [reply] };
  }

  #ack(packet: Buffer): Step {
    const { nodeName, cookie, challenge } = this.options;
    if (packet[0] !== 0x61 || packet.length !== 17 || this.#peer === undefined) throw broken(nodeName);
    if (!timingSafeEqual(packet.subarray(1), digest(cookie, challenge))) {
      throw new BeamError('cookie', `${nodeName} could not show that it knows the cookie: is this the right cookie?`);
    }
    return { send: [], peer: this.#peer };
  }
}

/** MD5 of the cookie and the challenge in decimal: the protocol knows no other. */
export function digest(cookie: string, challenge: number): Buffer {
  return createHash('md5').update(cookie, 'latin1').update(String(challenge)).digest();
}

const broken = (node: string): BeamError =>
  new BeamError('protocol', `what answers for ${node} does not speak Erlang's distribution protocol`);
