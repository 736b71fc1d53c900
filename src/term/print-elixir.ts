/** Terms as `inspect/2` with `limit: :infinity` prints them, with visible marks where something was left out. */
import { elixirAtom, elixirFunctionName, elixirKey } from './atom-text.js';
import { container, group, lineBreak, nest, type Doc } from './document.js';
import { elixirFloat } from './float-text.js';
import { cutBytes, cutCount, markText } from './print-marks.js';
import { structDoc } from './print-structs.js';
import type { BinaryTerm, BitstringTerm, ListTerm, MapTerm, Term } from './term.js';
import { escapeElixir, isPrintable, listText, shownBytes, utf8Text, wholeCharacters } from './text.js';

export interface ElixirOptions {
  /** `sigil`: `~c"abc"` and escapes for invisible characters, as from Elixir 1.15; `quotes`: `'abc'`, as up to 1.14. */
  readonly charlists: 'sigil' | 'quotes' | 'lists';
  readonly careful: boolean;
  /** No more than so many characters will be shown. */
  readonly limit?: number;
}

export function elixirDoc(term: Term, options: ElixirOptions): Doc {
  switch (term.kind) {
    case 'integer':
      return term.value.toString();
    case 'float':
      return elixirFloat(term.value);
    case 'atom':
      return elixirAtom(term.name, options.careful);
    case 'binary':
      return binaryDoc(term, options);
    case 'bitstring':
      return bitsDoc(term);
    case 'tuple':
      return container(
        '{',
        [...term.elements.map((element) => elixirDoc(element, options)), ...cutCount(term.size - term.elements.length)],
        '}',
        { fold: 'flex' },
      );
    case 'list':
      return listDoc(term, options);
    case 'map':
      return mapDoc(term, options);
    case 'pid':
      return `#PID<${term.node ?? '0'}.${term.number}.${term.serial}>`;
    case 'port':
      return `#Port<${term.node ?? '0'}.${term.number}>`;
    case 'reference':
      return `#Reference<${[term.node ?? '0', ...term.words.toReversed()].join('.')}>`;
    case 'function':
      return functionText(term.text, options);
    case 'export':
      return `&${elixirAtom(term.module, options.careful)}.${elixirFunctionName(term.name, options.careful)}/${term.arity}`;
    case 'cut':
    case 'redacted':
    case 'stateMark':
    case 'opaque':
      return markText(term);
  }
}

/** `#Fun<Elixir.Shop.3.1234>` as `#Function<3.1234 in Shop>`. Elixir adds the function around it, which a recording does not hold. */
function functionText(text: string, options: ElixirOptions): string {
  const [, module, index, unique] = /^#Fun<(.+)\.(\d+)\.(\d+)>$/.exec(text) ?? [];
  if (module === undefined) return text;
  return `#Function<${index}.${unique} in ${elixirAtom(module.replace(/^'(.*)'$/, '$1'), options.careful)}>`;
}

function binaryDoc(term: BinaryTerm, options: ElixirOptions): Doc {
  const shown = shownBytes(term.bytes, options.limit);
  const cut = term.size > shown.length;
  const bytes = cut ? shown.subarray(0, wholeCharacters(shown)) : shown;
  const text = utf8Text(bytes);
  if (text !== undefined && isPrintable(text, 'elixir'))
    return `"${escapeElixir(text, '"', options.careful)}"${cutBytes(term.size - bytes.length)}`;
  return bytesDoc([...shown].map(String), cutBytes(term.size - shown.length));
}

function bitsDoc(term: BitstringTerm): Doc {
  const missing = Math.ceil(term.bits / 8) - term.bytes.length;
  const last = term.bits % 8;
  const bytes = [...term.bytes].map((byte, i) =>
    missing === 0 && i === term.bytes.length - 1 ? `${byte >> (8 - last)}::size(${last})` : String(byte),
  );
  return bytesDoc(bytes, cutBytes(missing));
}

function bytesDoc(bytes: readonly string[], after: string): Doc {
  const inner = bytes.flatMap((byte, i): Doc[] => (i === 0 ? [byte] : [',', lineBreak(' ', true), byte]));
  return group(['<<', nest(inner, 2), `>>${after}`]);
}

export function listDoc(term: ListTerm, options: ElixirOptions): Doc {
  const more = term.more === true ? ['…'] : [];
  if (options.charlists !== 'lists') {
    const text = listText(term, 'elixir');
    if (text !== undefined) {
      const quoted =
        options.charlists === 'sigil' ? `~c"${escapeElixir(text, '"')}"` : `'${escapeElixir(text, "'", false)}'`;
      return quoted + more.join('');
    }
  }
  const { elements, tail } = term;
  if (elements.length > 0 && tail === undefined && elements.every(isKeywordPair)) {
    const pairs = elements.map((pair) => keyDoc(pair.elements[0].name, pair.elements[1], options));
    return container('[', [...pairs, ...more], ']', { fold: 'strict' });
  }
  const docs = [...elements.map((element) => elixirDoc(element, options)), ...more];
  return container(
    '[',
    docs,
    ']',
    tail === undefined ? {} : { tail: { separator: ' |', doc: elixirDoc(tail, options) } },
  );
}

function mapDoc(term: MapTerm, options: ElixirOptions): Doc {
  return structDoc(term, options) ?? pairsDoc('%{', term.entries, term.size - term.entries.length, options);
}

/** The pairs of a map or struct: `a: 1` when all keys allow it, `"a" => 1` otherwise. */
export function pairsDoc(left: string, entries: MapTerm['entries'], missing: number, options: ElixirOptions): Doc {
  const short = entries.every(([key]) => key.kind === 'atom' && !key.name.startsWith('Elixir.'));
  const docs = entries.map(([key, value]): Doc => {
    if (short && key.kind === 'atom') return keyDoc(key.name, value, options);
    return [elixirDoc(key, options), ' => ', elixirDoc(value, options)];
  });
  return container(left, [...docs, ...cutCount(missing)], '}', { fold: 'strict' });
}

const keyDoc = (name: string, value: Term, options: ElixirOptions): Doc => [
  elixirKey(name, options.careful),
  ' ',
  elixirDoc(value, options),
];

type KeywordPair = Term & { kind: 'tuple'; elements: readonly [{ kind: 'atom'; name: string }, Term] };

function isKeywordPair(term: Term): term is KeywordPair {
  if (term.kind !== 'tuple' || term.size !== 2 || term.elements.length !== 2) return false;
  const key = term.elements[0];
  return key?.kind === 'atom' && !key.name.startsWith('Elixir.');
}
