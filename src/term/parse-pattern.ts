/**
 * The text of a pattern, in Elixir's or in Erlang's syntax: literals, `_` (or `_name`) for anything, `...` for whatever follows in a tuple or
 * list. `{:reserve, _, %{"mug" => _}}`, `[_ | _]`, `%Shop.Order{id: 3}`, `"GET " <> _`, `{reserve, _, #{<<"mug">> => _}}`.
 * The text comes from outside, so nesting and length are bounded.
 */
import { atom, binary, charlist, float, int, list, map, tuple } from './build.js';
import { TermError } from './error.js';
import type { Pattern } from './pattern.js';
import type { Term } from './term.js';
import type { Syntax } from './text.js';

const MAX_TEXT = 100_000;
const MAX_NESTING = 100;
const MAX_DIGITS = 10_000;

/** Throws a TermError that says where and what was expected. */
export function parsePattern(text: string, syntax: Syntax = 'elixir'): Pattern {
  if (text.length > MAX_TEXT) throw new TermError(`a pattern of more than ${MAX_TEXT} characters`, 0);
  const parser = new PatternParser(text, syntax);
  const pattern = parser.pattern(0);
  parser.end();
  return pattern;
}

const ANY: Pattern = { kind: 'any' };
const NUMBER = /-?\d(?:_?\d)*(?:\.\d(?:_?\d)*(?:[eE][+-]?\d+)?)?/y;
const BASED = { elixir: /-?0(x[0-9a-fA-F]+|o[0-7]+|b[01]+)/y, erlang: /-?(\d{1,2})#([0-9a-zA-Z]+)/y };
const ALIAS = /[A-Z][A-Za-z0-9_]*(?:\.[A-Z][A-Za-z0-9_]*)*/y;
const WORD = /[\p{XID_Start}_][\p{XID_Continue}@]*[?!]?/uy;
const PID = /(?:#PID)?<0\.(\d{1,10})\.(\d{1,10})>/y;
const REFERENCE = /#Ref(?:erence)?<0((?:\.\d{1,10}){1,5})>/y;
const OPERATOR = /[-+*/=<>|!@&^~.%]+/y;
const ESCAPES: Record<string, string> = { a: '\x07', b: '\b', d: '\x7f', e: '\x1b', f: '\f', n: '\n', r: '\r', s: ' ', t: '\t', v: '\v', 0: '\0' }; // prettier-ignore

class PatternParser {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly syntax: Syntax,
  ) {}

  end(): void {
    this.#space();
    if (this.#at < this.text.length) this.#fail('the end was expected');
  }

  pattern(depth: number): Pattern {
    if (depth > MAX_NESTING) this.#fail(`nested deeper than ${MAX_NESTING}`);
    this.#space();
    const first = this.#simple(depth);
    if (this.syntax === 'elixir' && first.kind === 'literal' && first.term.kind === 'binary' && this.#take('<>')) {
      const rest = this.pattern(depth + 1);
      if (rest.kind === 'any') return { kind: 'prefix', bytes: first.term.bytes };
      if (rest.kind === 'prefix') return { kind: 'prefix', bytes: joined(first.term.bytes, rest.bytes) };
      if (rest.kind === 'literal' && rest.term.kind === 'binary')
        return literal(binary(joined(first.term.bytes, rest.term.bytes)));
      this.#fail('after <> only _ or a string can stand');
    }
    return first;
  }

  #simple(depth: number): Pattern {
    const { text, syntax } = this;
    const next = text[this.#at];
    if (next === undefined) this.#fail('a value or _ was expected');
    const special = this.#number() ?? this.#identity();
    if (special !== undefined) return literal(special);
    if (this.#take('<<')) return this.#bits();
    if (this.#take('{')) return this.#tuple(depth);
    if (this.#take('[')) return this.#list(depth);
    if (syntax === 'elixir') {
      if (this.#take('%')) return this.#struct(depth);
      if (this.#take('~c"')) return literal(charlist(this.#quoted('"')));
      if (this.#take('"')) return literal(binary(this.#quoted('"')));
      if (this.#take("'")) return literal(charlist(this.#quoted("'")));
      if (this.#take('?')) return literal(int(this.#character().codePointAt(0) ?? 0));
      if (this.#take(':')) return literal(atom(this.#atomName()));
      const alias = this.#match(ALIAS);
      if (alias !== undefined) return literal(atom(alias[0] === 'Elixir' ? 'Elixir' : elixirModule(alias[0])));
    } else {
      if (this.#take('#{')) return this.#map(depth);
      if (this.#take('"')) return literal(charlist(this.#quoted('"')));
      if (this.#take("'")) return literal(atom(this.#quoted("'")));
      if (this.#take('$')) return literal(int(this.#character().codePointAt(0) ?? 0));
    }
    const word = this.#match(WORD)?.[0];
    if (word === undefined) this.#fail('a value or _ was expected');
    if (word.startsWith('_')) return ANY;
    if (syntax === 'erlang') {
      if (/^\p{Lu}/u.test(word)) this.#fail(`${word} is a variable: write _ for anything`);
      return literal(atom(word));
    }
    if (word === 'nil' || word === 'true' || word === 'false') return literal(atom(word));
    return this.#fail(`"${word}" would be a variable: write _ for anything, :${word} for the atom`);
  }

  #tuple(depth: number): Pattern {
    const { items, open } = this.#items('}', depth);
    return plain({ kind: 'tuple', elements: items, open });
  }

  #list(depth: number): Pattern {
    const { items, open, tail } = this.#items(']', depth);
    if (open) return { kind: 'list', elements: items, tail: ANY };
    return plain(tail === undefined ? { kind: 'list', elements: items } : { kind: 'list', elements: items, tail });
  }

  /** What stands between the brackets: values, in a list of Elixir `key: value` too. */
  #items(close: ']' | '}', depth: number): { items: Pattern[]; open: boolean; tail: Pattern | undefined } {
    const items: Pattern[] = [];
    if (this.#take(close)) return { items, open: false, tail: undefined };
    for (;;) {
      if (this.#take('...')) {
        this.#expect(close);
        return { items, open: true, tail: undefined };
      }
      const key = close === ']' ? this.#key() : undefined;
      const value = this.pattern(depth + 1);
      items.push(key === undefined ? value : plain({ kind: 'tuple', elements: [literal(key), value], open: false }));
      if (close === ']' && this.#take('|')) {
        const tail = this.pattern(depth + 1);
        this.#expect(close);
        return { items, open: false, tail };
      }
      if (this.#take(close)) return { items, open: false, tail: undefined };
      this.#expect(',');
    }
  }

  /** After the percent sign. */
  #struct(depth: number): Pattern {
    let name: Term | undefined;
    const alias = this.#match(ALIAS);
    if (alias !== undefined) name = atom(elixirModule(alias[0]));
    else if (this.text.startsWith('_{', this.#at)) {
      this.#at++;
      this.#expect('{');
      const inner = this.#map(depth);
      if (inner.kind === 'map') return { kind: 'map', entries: [[atom('__struct__'), ANY], ...inner.entries] };
    }
    this.#expect('{');
    const inner = this.#map(depth);
    if (name === undefined || inner.kind !== 'map') return inner;
    return { kind: 'map', entries: [[atom('__struct__'), literal(name)], ...inner.entries] };
  }

  /** After the opening brace. */
  #map(depth: number): Pattern {
    const entries: [Term, Pattern][] = [];
    if (this.#take('}')) return { kind: 'map', entries };
    for (;;) {
      // `...` says what is so anyway: there may be more.
      if (this.#take('...')) {
        this.#expect('}');
        return { kind: 'map', entries };
      }
      let key = this.#key();
      if (key === undefined) {
        const written = termOf(this.pattern(depth + 1));
        if (written === undefined) this.#fail('a key without _ in it was expected');
        if (!this.#take('=>') && !(this.syntax === 'erlang' && this.#take(':='))) this.#fail('=> was expected');
        key = written;
      }
      entries.push([key, this.pattern(depth + 1)]);
      if (this.#take('}')) return { kind: 'map', entries };
      this.#expect(',');
    }
  }

  /** `name:` or `"name":` of Elixir's short keys. */
  #key(): Term | undefined {
    if (this.syntax !== 'elixir') return undefined;
    this.#space();
    const start = this.#at;
    const name = this.#take('"') ? this.#quoted('"') : this.#match(WORD)?.[0];
    if (name !== undefined && this.text[this.#at] === ':' && this.text[this.#at + 1] !== ':') {
      this.#at++;
      return atom(name);
    }
    this.#at = start;
    return undefined;
  }

  /** After `<<`: strings and bytes. */
  #bits(): Pattern {
    const bytes: number[] = [];
    if (this.#take('>>')) return literal(binary(Uint8Array.from(bytes)));
    for (;;) {
      if (this.#take('_')) {
        if (!this.#take(this.syntax === 'elixir' ? '::binary' : '/binary')) this.#fail('the rest of a binary is written _::binary (_/binary in Erlang)'); // prettier-ignore
        this.#expect('>>');
        return { kind: 'prefix', bytes: Uint8Array.from(bytes) };
      }
      this.#space();
      if (this.#take('"')) {
        const text = this.#quoted('"');
        if (this.syntax === 'erlang' && !this.#take('/utf8'))
          for (const character of text) bytes.push(this.#byte(character.codePointAt(0) ?? 0)); // prettier-ignore
        else for (const byte of new TextEncoder().encode(text)) bytes.push(byte);
      } else {
        const number = this.#number();
        if (number?.kind !== 'integer') this.#fail('a byte or a string was expected');
        bytes.push(this.#byte(Number(number.value)));
      }
      if (this.#take('>>')) return literal(binary(Uint8Array.from(bytes)));
      this.#expect(',');
    }
  }

  #byte(value: number): number {
    if (!(value >= 0 && value <= 255)) this.#fail('a byte from 0 to 255 was expected');
    return value;
  }

  #number(): Term | undefined {
    const based = this.#match(BASED[this.syntax]);
    if (based !== undefined) return int(this.#based(based));
    const found = this.#match(NUMBER)?.[0].replaceAll('_', '');
    if (found === undefined) return undefined;
    if (found.length > MAX_DIGITS) this.#fail(`a number of more than ${MAX_DIGITS} digits`);
    return found.includes('.') ? float(Number(found)) : int(BigInt(found));
  }

  #based(found: RegExpExecArray): bigint {
    const negative = found[0].startsWith('-');
    const [, head = '', digits = ''] = found;
    const base = this.syntax === 'erlang' ? Number(head) : ({ x: 16, o: 8, b: 2 }[head[0] ?? ''] ?? 10);
    const text = this.syntax === 'erlang' ? digits : head.slice(1);
    if (base < 2 || base > 36 || text.length > MAX_DIGITS) this.#fail('no such number');
    let value = 0n;
    for (const digit of text) {
      const part = Number.parseInt(digit, 36);
      if (!(part < base)) this.#fail(`${digit} is no digit to base ${base}`);
      value = value * BigInt(base) + BigInt(part);
    }
    return negative ? -value : value;
  }

  /** A pid or a reference of the recorded node. */
  #identity(): Term | undefined {
    const pid = this.#match(PID);
    if (pid !== undefined) return { kind: 'pid', number: Number(pid[1]), serial: Number(pid[2]) };
    const reference = this.#match(REFERENCE);
    if (reference === undefined) return undefined;
    const words = (reference[1] ?? '').slice(1).split('.').map(Number).reverse();
    if (words.some((word) => word > 0xffff_ffff)) this.#fail('no such reference');
    return { kind: 'reference', words };
  }

  #atomName(): string {
    if (this.#take('"')) return this.#quoted('"');
    const found = this.#match(WORD)?.[0] ?? this.#match(OPERATOR)?.[0];
    return found ?? this.#fail('the name of an atom was expected');
  }

  /** Up to the closing quote. */
  #quoted(quote: string): string {
    let out = '';
    for (;;) {
      const next = this.text[this.#at];
      if (next === undefined) this.#fail(`the closing ${quote} is missing`);
      if (next === quote) {
        this.#at++;
        return out;
      }
      out += this.#character();
    }
  }

  /** One character, an escape resolved. */
  #character(): string {
    const point = this.text.codePointAt(this.#at);
    if (point === undefined) this.#fail('a character was expected');
    const character = String.fromCodePoint(point);
    this.#at += character.length;
    if (character !== '\\') return character;
    const hex = /[xu](?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2,4}))/y;
    const found = this.#match(hex);
    if (found !== undefined) {
      const value = Number.parseInt(found[1] ?? found[2] ?? '', 16);
      if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) this.#fail('no such character');
      return String.fromCodePoint(value);
    }
    const escaped = this.text[this.#at];
    if (escaped === undefined) this.#fail('a character was expected');
    this.#at++;
    return ESCAPES[escaped] ?? escaped;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.text) ?? undefined;
    if (found !== undefined) this.#at += found[0].length;
    return found;
  }

  #take(token: string): boolean {
    const start = this.#at;
    this.#space();
    if (this.text.startsWith(token, this.#at)) {
      this.#at += token.length;
      return true;
    }
    this.#at = start;
    return false;
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#fail(`${token} was expected`);
  }

  #space(): void {
    while (/\s/.test(this.text[this.#at] ?? '')) this.#at++;
  }

  #fail(why: string): never {
    throw new TermError(`the pattern is not clear at character ${this.#at + 1}: ${why}`, this.#at);
  }
}

const elixirModule = (alias: string): string => (alias.startsWith('Elixir.') ? alias : `Elixir.${alias}`);
const literal = (term: Term): Pattern => ({ kind: 'literal', term });

/** A container of literals is a literal. */
function plain(pattern: Pattern): Pattern {
  const term = termOf(pattern);
  return term === undefined ? pattern : literal(term);
}

/** The one term that a pattern without holes matches. A map always has room for more, so it is none, but as a key it stands for itself. */
function termOf(pattern: Pattern): Term | undefined {
  const all = (patterns: readonly Pattern[]): Term[] | undefined => {
    const terms = patterns.map((part) => (part.kind === 'map' ? undefined : termOf(part)));
    return terms.every((term) => term !== undefined) ? terms : undefined;
  };
  switch (pattern.kind) {
    case 'literal':
      return pattern.term;
    case 'tuple': {
      const terms = pattern.open ? undefined : all(pattern.elements);
      return terms && tuple(...terms);
    }
    case 'list': {
      const terms = all(pattern.elements);
      const tail = pattern.tail === undefined ? undefined : termOf(pattern.tail);
      if (terms === undefined || (pattern.tail !== undefined && tail === undefined)) return undefined;
      if (tail?.kind === 'list') return list([...terms, ...tail.elements], tail.tail);
      return terms.length === 0 ? (tail ?? list([])) : list(terms, tail);
    }
    case 'map': {
      const values = all(pattern.entries.map(([, value]) => value));
      return values && map(pattern.entries.map(([key], i) => [key, values[i]!] as const));
    }
    default:
      return undefined;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
