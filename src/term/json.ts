/**
 * Terms as JSON that loses nothing: the Term type itself, with bytes in base64 and integers beyond 2^53 as text. For `--json` and the
 * browser. What was left out stays visible: `size` larger than what is there, `more`, `cut`, `redacted`, `stateMark`.
 *
 *     {"kind":"integer","value":1}            {"kind":"integer","value":"123456789012345678901234567890"}
 *     {"kind":"float","value":1.5}            {"kind":"atom","name":"ok"}
 *     {"kind":"binary","base64":"YWJj","size":1000,"text":"abc"}    text: where all of it is printable
 *     {"kind":"bitstring","base64":"oA==","bits":3}
 *     {"kind":"tuple","elements":[…],"size":2}
 *     {"kind":"list","elements":[…],"tail":…,"more":true}
 *     {"kind":"map","entries":[[key,value],…],"size":1}
 *     {"kind":"pid","number":1,"serial":0,"node":"a@b","creation":1}    and so on, as in Term
 */
import { int } from './build.js';
import { TermError } from './error.js';
import type { Term } from './term.js';
import { isPrintable, utf8Text, wholeCharacters } from './text.js';

export type TermJson = { readonly kind: Term['kind'] } & Readonly<Record<string, JsonValue | undefined>>;
export type JsonValue =
  string | number | boolean | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

export function termToJson(term: Term): TermJson {
  switch (term.kind) {
    case 'integer':
      return { kind: 'integer', value: number(term.value) };
    case 'float':
      return { kind: 'float', value: Object.is(term.value, -0) ? '-0.0' : term.value };
    case 'binary': {
      const text = utf8Text(
        term.bytes.subarray(0, term.size > term.bytes.length ? wholeCharacters(term.bytes) : term.bytes.length),
      );
      const printable = text !== undefined && isPrintable(text, 'elixir') ? { text } : {};
      return { kind: 'binary', base64: toBase64(term.bytes), size: term.size, ...printable };
    }
    case 'bitstring':
      return { kind: 'bitstring', base64: toBase64(term.bytes), bits: term.bits };
    case 'tuple':
      return { kind: 'tuple', elements: term.elements.map(termToJson), size: term.size };
    case 'list':
      return {
        kind: 'list',
        elements: term.elements.map(termToJson),
        ...(term.tail === undefined ? {} : { tail: termToJson(term.tail) }),
        ...(term.more === true ? { more: true } : {}),
      };
    case 'map':
      return {
        kind: 'map',
        entries: term.entries.map(([key, value]) => [termToJson(key), termToJson(value)]),
        size: term.size,
      };
    case 'port':
      return { ...term, number: number(term.number) };
    case 'function':
      return {
        kind: 'function',
        text: term.text,
        ...(term.external === undefined ? {} : { base64: toBase64(term.external) }),
      };
    default:
      return { ...term };
  }
}

/** The term again. Throws a TermError for JSON that `termToJson` does not write. */
export function termFromJson(json: unknown): Term {
  return fromJson(json, 0);
}

function fromJson(json: unknown, depth: number): Term {
  if (depth > 1024) throw new TermError('JSON nested too deep for a term');
  if (typeof json !== 'object' || json === null) throw new TermError('JSON that is not a term');
  const fields = new Fields(json as Readonly<Record<string, unknown>>);
  const terms = (value: unknown): Term[] => array(value).map((element) => fromJson(element, depth + 1));
  switch (fields.raw('kind')) {
    case 'integer':
      return int(fields.integer('value'));
    case 'float':
      return { kind: 'float', value: fields.raw('value') === '-0.0' ? -0 : fields.number('value') };
    case 'atom':
      return { kind: 'atom', name: fields.text('name') };
    case 'binary':
      return { kind: 'binary', bytes: fields.bytes('base64'), size: fields.number('size') };
    case 'bitstring':
      return { kind: 'bitstring', bytes: fields.bytes('base64'), bits: fields.number('bits') };
    case 'tuple':
      return { kind: 'tuple', elements: terms(fields.raw('elements')), size: fields.number('size') };
    case 'list':
      return {
        kind: 'list',
        elements: terms(fields.raw('elements')),
        ...(fields.raw('tail') === undefined ? {} : { tail: fromJson(fields.raw('tail'), depth + 1) }),
        ...(fields.raw('more') === true ? { more: true as const } : {}),
      };
    case 'map': {
      const entries = array(fields.raw('entries')).map((entry): [Term, Term] => {
        const [key, value] = array(entry);
        return [fromJson(key, depth + 1), fromJson(value, depth + 1)];
      });
      return { kind: 'map', entries, size: fields.number('size') };
    }
    case 'pid':
      return { kind: 'pid', number: fields.number('number'), serial: fields.number('serial'), ...fields.origin() };
    case 'port':
      return { kind: 'port', number: int(fields.integer('number')).value, ...fields.origin() };
    case 'reference':
      return { kind: 'reference', words: array(fields.raw('words')).map(Number), ...fields.origin() };
    case 'function':
      return {
        kind: 'function',
        text: fields.text('text'),
        ...(fields.raw('base64') === undefined ? {} : { external: fields.bytes('base64') }),
      };
    case 'export':
      return {
        kind: 'export',
        module: fields.text('module'),
        name: fields.text('name'),
        arity: fields.number('arity'),
      };
    case 'cut':
      return fields.cut();
    case 'redacted':
      return { kind: 'redacted' };
    case 'stateMark':
      return { kind: 'stateMark' };
    case 'opaque':
      return { kind: 'opaque', text: fields.text('text') };
    default:
      throw new TermError('JSON without the kind of a term');
  }
}

class Fields {
  constructor(private readonly json: Readonly<Record<string, unknown>>) {}

  raw(name: string): unknown {
    return this.json[name];
  }

  number(name: string): number {
    const value = this.json[name];
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new TermError(`"${name}" of a term in JSON is not a number`);
    return value;
  }

  integer(name: string): number | bigint {
    const value = this.json[name];
    if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
    const whole = this.number(name);
    if (!Number.isSafeInteger(whole)) throw new TermError(`"${name}" of a term in JSON is not an integer`);
    return whole;
  }

  text(name: string): string {
    const value = this.json[name];
    if (typeof value !== 'string') throw new TermError(`"${name}" of a term in JSON is not a text`);
    return value;
  }

  bytes(name: string): Uint8Array {
    try {
      return Uint8Array.from(atob(this.text(name)), (character) => character.charCodeAt(0));
    } catch {
      throw new TermError(`"${name}" of a term in JSON is not base64`);
    }
  }

  origin(): { node?: string; creation?: number } {
    return {
      ...(this.json['node'] === undefined ? {} : { node: this.text('node') }),
      ...(this.json['creation'] === undefined ? {} : { creation: this.number('creation') }),
    };
  }

  cut(): Term {
    const of = this.json['of'];
    const known = of === 'tuple' || of === 'list' || of === 'map' || of === 'other' ? { of } : {};
    const size = this.json['size'] === undefined ? {} : { size: this.number('size') };
    return { kind: 'cut', why: this.json['why'] === 'depth' ? 'depth' : 'bytes', ...known, ...size } as Term;
  }
}

const number = (value: number | bigint): number | string => (typeof value === 'bigint' ? value.toString() : value);

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TermError('a term in JSON without its elements');
  return value as readonly unknown[];
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
