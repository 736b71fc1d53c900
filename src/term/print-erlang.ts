/** Terms as `io_lib:format("~0tp")` prints them with `+pc unicode`, with visible marks where something was left out. */
import { erlangAtom, erlangName } from './atom-text.js';
import { container, type ContainerOptions, type Doc } from './document.js';
import { erlangFloat } from './float-text.js';
import { cutBytes, cutCount, markText } from './print-marks.js';
import type { BinaryTerm, BitstringTerm, ListTerm, Term } from './term.js';
import { escapeErlang, isPrintable, listText, shownBytes, utf8Text, wholeCharacters } from './text.js';

const TIGHT: ContainerOptions = { space: '', indent: 1 };

/** `limit`: no more than so many characters will be shown. */
export function erlangDoc(term: Term, limit = Infinity): Doc {
  switch (term.kind) {
    case 'integer':
      return term.value.toString();
    case 'float':
      return erlangFloat(term.value);
    case 'atom':
      return erlangAtom(term.name);
    case 'binary':
      return binaryDoc(term, limit);
    case 'bitstring':
      return bitsText(term);
    case 'tuple':
      return container(
        '{',
        [...term.elements.map((element) => erlangDoc(element, limit)), ...cutCount(term.size - term.elements.length)],
        '}',
        TIGHT,
      );
    case 'list':
      return listDoc(term, limit);
    case 'map': {
      const pairs = term.entries.map(([key, value]): Doc => [erlangDoc(key, limit), ' => ', erlangDoc(value, limit)]);
      return container('#{', [...pairs, ...cutCount(term.size - term.entries.length)], '}', {
        ...TIGHT,
        indent: 2,
        fold: 'strict',
      });
    }
    case 'pid':
      return `<${term.node ?? '0'}.${term.number}.${term.serial}>`;
    case 'port':
      return `#Port<${term.node ?? '0'}.${term.number}>`;
    case 'reference':
      return `#Ref<${[term.node ?? '0', ...term.words.toReversed()].join('.')}>`;
    case 'function':
      return term.text;
    case 'export':
      return `fun ${erlangName(term.module)}:${erlangName(term.name)}/${term.arity}`;
    case 'cut':
    case 'redacted':
    case 'stateMark':
    case 'opaque':
      return markText(term);
  }
}

function listDoc(term: ListTerm, limit: number): Doc {
  const more = term.more === true ? ['…'] : [];
  const text = listText(term, 'erlang');
  if (text !== undefined) return `"${escapeErlang(text, '"')}"${more.join('')}`;
  const { tail } = term;
  return container(
    '[',
    [...term.elements.map((element) => erlangDoc(element, limit)), ...more],
    ']',
    tail === undefined ? TIGHT : { ...TIGHT, tail: { separator: '|', doc: erlangDoc(tail, limit) } },
  );
}

function binaryDoc(term: BinaryTerm, limit: number): Doc {
  if (term.size === 0) return '<<>>';
  const shown = shownBytes(term.bytes, limit);
  const cut = term.size > shown.length;
  const bytes = cut ? shown.subarray(0, wholeCharacters(shown)) : shown;
  const text = utf8Text(bytes);
  const after = cutBytes(term.size - bytes.length);
  if (text !== undefined && isPrintable(text, 'erlang')) {
    const wide = text.length !== bytes.length ? '/utf8' : '';
    return `<<"${escapeErlang(text, '"')}"${wide}>>${after}`;
  }
  if (text === undefined) {
    const latin1 = Array.from(shown, (byte) => String.fromCharCode(byte)).join('');
    if (isPrintable(latin1, 'erlang')) return `<<"${escapeErlang(latin1, '"')}">>${cutBytes(term.size - shown.length)}`;
  }
  return `<<${shown.join(',')}>>${cutBytes(term.size - shown.length)}`;
}

function bitsText(term: BitstringTerm): string {
  const missing = Math.ceil(term.bits / 8) - term.bytes.length;
  const last = term.bits % 8;
  const bytes = [...term.bytes].map((byte, i) =>
    missing === 0 && i === term.bytes.length - 1 ? `${byte >> (8 - last)}:${last}` : String(byte),
  );
  return `<<${bytes.join(',')}>>${cutBytes(missing)}`;
}
