/** Cuts the text of an expression into tokens. What comes in is hostile: its length and its nesting are bounded. */
import { atom, binary, charlist, float, int, localPid, type Term } from '../term/index.js';
import { ExpressionError } from './error.js';
import type { Token } from './token.js';

export type Syntax = 'elixir' | 'erlang';

export const MAX_TEXT = 4_000;
const MAX_DIGITS = 1_000;
const MAX_NESTING = 20;

const SPACE = /[\s\p{White_Space}]*/uy;
const NUMBER = /\d+(?:_\d+)*(?:\.\d+(?:_\d+)*(?:[eE][+-]?\d{1,4})?)?/y;
const BASED = { elixir: /0(?:x([0-9a-fA-F]+)|o([0-7]+)|b([01]+))/y, erlang: /(\d{1,2})#([0-9a-zA-Z]+)/y };
const ELIXIR_NAME = /[\p{Ll}\p{Lo}\p{Lm}\p{Nl}_][\p{XID_Continue}]*[?!]?/uy;
const ALIAS = /[A-Z][A-Za-z0-9_]*(?:\.[A-Z][A-Za-z0-9_]*)*/y;
const ERLANG_WORD = /[\p{L}_][\p{L}\p{N}_@]*/uy;
const ATOM_NAME = /[\p{L}_][\p{XID_Continue}@]*[?!]?/uy;
const PID = /#PID<0\.(\d{1,10})\.(\d{1,10})>|<0\.(\d{1,10})\.(\d{1,10})>/y;
const ARGUMENT = /&[1-9]\d?/y;

const WORDS: Readonly<Record<Syntax, ReadonlySet<string>>> = {
  elixir: new Set(['and', 'or', 'not', 'in', 'when', 'fn', 'end', 'do']),
  erlang: new Set(['and', 'or', 'not', 'andalso', 'orelse', 'div', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr', 'bnot', 'xor', 'fun', 'end', 'when', 'if', 'case', 'begin', 'receive', 'try', 'catch', 'maybe']), // prettier-ignore
};
/** The longest first. */
const MARKS: Readonly<Record<Syntax, readonly string[]>> = {
  elixir: ['===', '!==', '<<<', '>>>', '&&&', '|||', '~~~', '<<', '>>', '++', '--', '<>', '..', '//', '|>', '==', '!=', '=~', '<=', '>=', '&&', '||', '->', '=>', '::', '**', '%{', '+', '-', '*', '/', '<', '>', '!', '.', ',', '(', ')', '[', ']', '{', '}', '|', '&', '%', '=', '@', ';', '^', '\\'], // prettier-ignore
  erlang: ['=:=', '=/=', '<<', '>>', '++', '--', '==', '/=', '=<', '>=', '->', '=>', ':=', '||', '<-', '#{', '#', '+', '-', '*', '/', '<', '>', ':', ',', '(', ')', '[', ']', '{', '}', '|', '=', ';', '!', '.', '?'], // prettier-ignore
};
const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', d: '\x7f', e: '\x1b', f: '\f', n: '\n', r: '\r', s: ' ', t: '\t', v: '\v', 0: '\0' }; // prettier-ignore

/** Ends with a token of the kind `end`. Throws an ExpressionError. */
export function tokensOf(text: string, syntax: Syntax): Token[] {
  if (text.length > MAX_TEXT)
    throw new ExpressionError(`an expression has at most ${MAX_TEXT.toLocaleString('en')} characters`, MAX_TEXT);
  return new Lexer(text, syntax).all();
}

interface Content {
  parts: (string | Token[])[];
}

class Lexer {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly syntax: Syntax,
  ) {}

  all(depth = 0): Token[] {
    const tokens: Token[] = [];
    let open = 0;
    for (;;) {
      const before = this.#at;
      this.#space();
      const place = { at: this.#at, spaced: this.#at > before };
      if (this.#at >= this.text.length) {
        if (depth > 0) this.#fail('the value in the text is not closed with }');
        tokens.push({ ...place, end: this.#at, kind: 'end' });
        return tokens;
      }
      if (depth > 0 && open === 0 && this.text[this.#at] === '}') {
        tokens.push({ ...place, end: this.#at++, kind: 'end' });
        return tokens;
      }
      const token = this.#token(place, depth);
      if (token.kind === 'mark' && /^(?:\{|%\{|#\{)$/.test(token.text)) open++;
      if (token.kind === 'mark' && token.text === '}') open--;
      tokens.push(token);
    }
  }

  #space(): void {
    for (;;) {
      this.#match(SPACE);
      const comment = this.syntax === 'elixir' ? '#' : '%';
      if (this.text[this.#at] !== comment || this.text.startsWith('#PID<', this.#at)) return;
      const end = this.text.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.text.length : end;
    }
  }

  #token(place: { at: number; spaced: boolean }, depth: number): Token {
    const value = this.#number() ?? this.#pid() ?? this.#character();
    if (value !== undefined) return { ...place, end: this.#at, kind: 'value', term: value };
    return this.syntax === 'elixir' ? this.#elixir(place, depth) : this.#erlang(place);
  }

  #elixir(place: { at: number; spaced: boolean }, depth: number): Token {
    const { text } = this;
    const next = text[this.#at]!;
    const quoted = (content: Content, list: boolean): Token => {
      // `"a key": 1`
      const one = content.parts.length === 1 ? content.parts[0] : content.parts.length === 0 ? '' : undefined;
      if (typeof one === 'string' && /^:\s/.test(text.slice(this.#at, this.#at + 2))) {
        this.#at++;
        return { ...place, end: this.#at, kind: 'key', name: one };
      }
      if (typeof one === 'string')
        return { ...place, end: this.#at, kind: 'value', term: list ? charlist(one) : binary(one) };
      return { ...place, end: this.#at, kind: 'text', parts: content.parts, list };
    };
    if (text.startsWith('"""', this.#at)) this.#fail('a text of several lines is not known here');
    if (next === '"' || next === "'") {
      this.#at++;
      return quoted(this.#quoted(next, depth), next === "'");
    }
    if (text.startsWith('~c"', this.#at)) {
      this.#at += 3;
      return quoted(this.#quoted('"', depth), true);
    }
    if (next === '~' && /^~[a-zA-Z]/.test(text.slice(this.#at, this.#at + 2))) this.#fail('of the sigils only ~c"…" is known here', 2); // prettier-ignore
    if (next === ':' && text[this.#at + 1] === '"') {
      this.#at += 2;
      const { parts } = this.#quoted('"', depth);
      if (parts.length > 1 || (parts.length === 1 && typeof parts[0] !== 'string'))
        throw new ExpressionError('an atom with values in it is not known here', place.at, this.#at - place.at);
      return { ...place, end: this.#at, kind: 'value', term: atom((parts[0] as string | undefined) ?? '') };
    }
    if (next === ':' && text[this.#at + 1] !== ':') {
      this.#at++;
      const name = this.#match(ATOM_NAME)?.[0] ?? this.#mark();
      if (name === undefined) this.#fail('the name of an atom was expected');
      return { ...place, end: this.#at, kind: 'value', term: atom(name) };
    }
    const argument = this.#match(ARGUMENT)?.[0];
    if (argument !== undefined) return { ...place, end: this.#at, kind: 'name', name: argument };
    const alias = this.#match(ALIAS)?.[0];
    if (alias !== undefined) {
      if (!alias.includes('.') && this.#isKey()) return { ...place, end: ++this.#at, kind: 'key', name: alias };
      return { ...place, end: this.#at, kind: 'capital', name: alias };
    }
    const name = this.#match(ELIXIR_NAME)?.[0];
    if (name !== undefined) {
      if (this.#isKey()) return { ...place, end: ++this.#at, kind: 'key', name };
      if (WORDS.elixir.has(name)) return { ...place, end: this.#at, kind: 'mark', text: name };
      if (name === 'true' || name === 'false' || name === 'nil')
        return { ...place, end: this.#at, kind: 'value', term: atom(name) };
      return { ...place, end: this.#at, kind: 'name', name };
    }
    return this.#marked(place);
  }

  #erlang(place: { at: number; spaced: boolean }): Token {
    const next = this.text[this.#at];
    if (next === '"' || next === "'") {
      this.#at++;
      const content = (this.#quoted(next, undefined).parts[0] as string | undefined) ?? '';
      if (next === '"') return { ...place, end: this.#at, kind: 'value', term: charlist(content) };
      return { ...place, end: this.#at, kind: 'name', name: content };
    }
    const word = this.#match(ERLANG_WORD)?.[0];
    if (word === undefined) return this.#marked(place);
    if (/^[\p{Lu}_]/u.test(word)) return { ...place, end: this.#at, kind: 'capital', name: word };
    if (WORDS.erlang.has(word)) return { ...place, end: this.#at, kind: 'mark', text: word };
    return { ...place, end: this.#at, kind: 'name', name: word };
  }

  /** `name:` and not `name::` or `name:atom`. */
  #isKey(): boolean {
    return this.text[this.#at] === ':' && !/[:\w]/.test(this.text[this.#at + 1] ?? ' ');
  }

  #mark(): string | undefined {
    const mark = MARKS[this.syntax].find((each) => this.text.startsWith(each, this.#at));
    if (mark !== undefined) this.#at += mark.length;
    return mark;
  }

  #marked(place: { at: number; spaced: boolean }): Token {
    const mark = this.#mark();
    if (mark !== undefined) return { ...place, end: this.#at, kind: 'mark', text: mark };
    const character = String.fromCodePoint(this.text.codePointAt(this.#at)!);
    return this.#fail(`${JSON.stringify(character)} means nothing here`, character.length);
  }

  #number(): Term | undefined {
    const { at } = { at: this.#at };
    const based = this.#match(BASED[this.syntax]);
    if (based !== undefined) {
      const [, first, second, third] = based;
      if (this.syntax === 'elixir')
        return int(BigInt(first !== undefined ? `0x${first}` : second !== undefined ? `0o${second}` : `0b${third!}`));
      const radix = Number(first);
      let value = 0n;
      for (const digit of second!) {
        const one = parseInt(digit, 36);
        if (radix < 2 || radix > 36 || !(one < radix)) throw new ExpressionError('not a number', at, based[0].length);
        value = value * BigInt(radix) + BigInt(one);
      }
      return int(value);
    }
    const found = this.#match(NUMBER)?.[0];
    if (found === undefined) return undefined;
    if (found.length > MAX_DIGITS) throw new ExpressionError('a number of too many digits', at, found.length);
    const digits = found.replaceAll('_', '');
    if (!digits.includes('.')) return int(BigInt(digits));
    const value = Number(digits);
    return Number.isFinite(value) ? float(value) : this.#fail('the number is too large for a float');
  }

  #pid(): Term | undefined {
    const found = this.#match(PID);
    return found === undefined ? undefined : localPid(Number(found[1] ?? found[3]), Number(found[2] ?? found[4]));
  }

  /** `?a`, `$a`. */
  #character(): Term | undefined {
    if (this.text[this.#at] !== (this.syntax === 'elixir' ? '?' : '$')) return undefined;
    const after = this.text[this.#at + 1];
    if (after === undefined) return this.#fail('a character was expected');
    this.#at++;
    return int(this.#one().codePointAt(0) ?? 0);
  }

  /** What stands up to the quote. `depth` undefined: nothing is put in. */
  #quoted(quote: string, depth: number | undefined): Content {
    const parts: (string | Token[])[] = [];
    let part = '';
    for (;;) {
      const next = this.text[this.#at];
      if (next === undefined) this.#fail(`${quote} was expected: the text does not end`);
      if (next === quote) {
        this.#at++;
        if (part !== '') parts.push(part);
        return { parts };
      }
      if (depth !== undefined && next === '#' && this.text[this.#at + 1] === '{') {
        if (depth >= MAX_NESTING) this.#fail('nested too deeply');
        this.#at += 2;
        if (part !== '') parts.push(part);
        part = '';
        parts.push(this.all(depth + 1));
      } else part += this.#one();
    }
  }

  /** A character or what an escape stands for. */
  #one(): string {
    const { text } = this;
    if (text[this.#at] !== '\\') {
      const character = String.fromCodePoint(text.codePointAt(this.#at)!);
      this.#at += character.length;
      return character;
    }
    const escape = /\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|([^]))/uy;
    escape.lastIndex = this.#at;
    const found = escape.exec(text);
    if (found === null) return this.#fail('a character was expected after \\');
    const digits = found[1] ?? found[2] ?? found[3] ?? found[4];
    if (digits === undefined) {
      this.#at += found[0].length;
      return ESCAPES[found[5]!] ?? found[5]!;
    }
    const point = parseInt(digits, 16);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) this.#fail('there is no such character', found[0].length); // prettier-ignore
    this.#at += found[0].length;
    return String.fromCodePoint(point);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #fail(message: string, length = 1): never {
    throw new ExpressionError(message, Math.min(this.#at, this.text.length), length);
  }
}
