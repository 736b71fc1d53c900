/** Terms as Erlang source: what `file:consult/1` reads. */
import { TermError, erlangAtom, erlangFloat, type Term } from '../term/index.js';

/** The terms as Erlang source, each ended by a dot and a new line, readable in any encoding. Throws a TermError for what cannot be written. */
export function erlangSource(...terms: readonly Term[]): string {
  return terms.map((term) => `${source(term)}.\n`).join('');
}

function source(term: Term): string {
  switch (term.kind) {
    case 'integer':
      return term.value.toString();
    case 'float':
      return erlangFloat(term.value);
    case 'atom':
      return ascii(erlangAtom(term.name));
    case 'binary':
      if (term.size !== term.bytes.length) break;
      return `<<${term.bytes.join(',')}>>`;
    case 'bitstring': {
      if (Math.ceil(term.bits / 8) !== term.bytes.length) break;
      const last = term.bits % 8;
      const bytes = [...term.bytes].map((byte, i) =>
        i === term.bytes.length - 1 ? `${byte >> (8 - last)}:${last}` : String(byte),
      );
      return `<<${bytes.join(',')}>>`;
    }
    case 'tuple':
      if (term.size !== term.elements.length) break;
      return `{${term.elements.map(source).join(',')}}`;
    case 'list':
      if (term.more === true) break;
      return `[${term.elements.map(source).join(',')}${term.tail === undefined ? '' : `|${source(term.tail)}`}]`;
    case 'map':
      if (term.size !== term.entries.length) break;
      return `#{${term.entries.map(([key, value]) => `${source(key)}=>${source(value)}`).join(',')}}`;
    case 'export':
      return `fun ${ascii(erlangAtom(term.module))}:${ascii(erlangAtom(term.name))}/${term.arity}`;
    case 'pid':
    case 'port':
    case 'reference':
    case 'function':
    case 'cut':
    case 'redacted':
    case 'stateMark':
    case 'opaque':
      break;
  }
  throw new TermError(`a ${term.kind} that is not whole, or has no source form, cannot be written as Erlang source`);
}

/** Escapes everything outside ASCII, so that the file's encoding does not matter; what is not plain ASCII must be quoted. */
function ascii(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  const inner = text.startsWith("'") ? text : `'${text}'`;
  return [...inner]
    .map((character) =>
      (character.codePointAt(0) as number) < 0x80
        ? character
        : `\\x{${(character.codePointAt(0) as number).toString(16)}}`,
    )
    .join('');
}
