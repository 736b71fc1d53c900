/** Numbers that stand for what is compared: 53 bits made of two sums of 32 (after Fowler, Noll and Vo, and Appleby's mixing). */
import type { Term } from '../term/index.js';
import { funText, isTimeLike, mayHoldNoise, plainText, type Canon } from './canon.js';

export class Hash {
  private one = 0x811c9dc5 | 0;
  private two = 0x1b873593 | 0;
  /** A part of a term was not recorded: another hash need not mean another term. */
  lossy = false;

  number(n: number): this {
    const low = n | 0;
    this.one = Math.imul(this.one ^ low, 0x01000193);
    this.one ^= this.one >>> 15;
    this.two = Math.imul(this.two ^ low, 0xcc9e2d51 | 0);
    this.two = ((this.two << 13) | (this.two >>> 19)) + 0x6b64;
    return this;
  }

  text(text: string): this {
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i));
    return this.number(text.length);
  }

  /** Of 53 bits. */
  get value(): number {
    const one = Math.imul(this.one ^ (this.one >>> 16), 0x85ebca6b | 0);
    const two = Math.imul(this.two ^ (this.two >>> 13), 0xc2b2ae35 | 0);
    return ((one ^ (one >>> 13)) >>> 0) * 0x200000 + ((two ^ (two >>> 16)) >>> 11);
  }

  whole(value: number): this {
    return this.number(value % 0x100000000).number(Math.floor(value / 0x100000000));
  }

  /** The same for terms whose `Canon.term` is the same. */
  term(term: Term, canon: Canon): this {
    switch (term.kind) {
      case 'integer':
        if (isTimeLike(term.value)) return this.number(1);
        return this.number(2).number(Number(term.value));
      case 'float':
        return this.number(3).text(String(term.value));
      case 'atom':
        return this.number(4).text(term.name);
      case 'binary': {
        if (mayHoldNoise(term.bytes)) {
          const text = Buffer.from(term.bytes).toString('latin1');
          return this.number(5)
            .text(plainText(text))
            .number(Math.max(0, term.size - term.bytes.length));
        }
        if (term.bytes.length < term.size) this.lossy = true;
        this.number(6).number(term.size);
        for (const byte of term.bytes) this.number(byte);
        return this;
      }
      case 'bitstring':
        if (term.bytes.length * 8 < term.bits) this.lossy = true;
        this.number(7).number(term.bits);
        for (const byte of term.bytes) this.number(byte);
        return this;
      case 'tuple':
        if (term.elements.length < term.size) this.lossy = true;
        this.number(8).number(term.size);
        for (const each of term.elements) this.term(each, canon);
        return this;
      case 'list':
        if (term.more === true) this.lossy = true;
        this.number(9).number(term.elements.length);
        for (const each of term.elements) this.term(each, canon);
        if (term.tail !== undefined) this.number(10).term(term.tail, canon);
        return this.number(term.more === true ? 1 : 0);
      case 'map': {
        // The order of the pairs is the node's own.
        let sum = 0;
        if (term.entries.length < term.size) this.lossy = true;
        for (const [key, value] of term.entries) {
          const pair = new Hash().term(key, canon).term(value, canon);
          if (pair.lossy) this.lossy = true;
          sum = (sum + pair.value) % 0x1fffffffffffff;
        }
        return this.number(11).number(term.size).whole(sum);
      }
      case 'pid':
        return this.number(12).text(canon.pid(term));
      case 'port':
        return this.number(13);
      case 'reference':
        return this.number(14);
      case 'function':
        return this.number(15).text(funText(term.text));
      case 'export':
        return this.number(16).text(term.module).text(term.name).number(term.arity);
      case 'cut':
        this.lossy = true;
        return this.number(17)
          .text(term.of ?? '')
          .number(term.size ?? -1);
      case 'redacted':
        return this.number(18);
      case 'stateMark':
        return this.number(19);
      case 'opaque':
        return this.number(20).text(plainText(term.text));
    }
  }

  /** The same for messages of the same kind: `{tag, _, _}` with what OTP puts around it, a struct, the type of anything else. */
  shape(term: Term, depth = 3): this {
    switch (term.kind) {
      case 'atom':
        return this.number(4).text(term.name);
      case 'tuple': {
        this.number(8).number(term.size);
        if (depth === 0) return this;
        for (const each of term.elements) {
          if (each.kind === 'atom' || each.kind === 'tuple') this.shape(each, depth - 1);
          else this.number(99);
        }
        return this;
      }
      case 'map': {
        const struct = term.entries.find(([key]) => key.kind === 'atom' && key.name === '__struct__')?.[1];
        return this.number(11).text(struct?.kind === 'atom' ? struct.name : '');
      }
      case 'integer':
      case 'float':
      case 'binary':
      case 'bitstring':
      case 'list':
      case 'pid':
      case 'port':
      case 'reference':
      case 'function':
      case 'export':
      case 'cut':
      case 'redacted':
      case 'stateMark':
      case 'opaque':
        return this.number(98).text(term.kind);
    }
  }
}
