/** A pattern or message of Erlang in a few characters: what tells it from others, and `_` for the rest. */
import type { Term } from '../../term/index.js';
import { erlangAtom } from '../../term/index.js';
import { atomOf, listOf, numberOf, textOf, type Node } from './parts.js';

const MOST = 5;
const LONGEST = 24;

/** `{ship,_}`, `#order{}`, `_`. */
export function erlangOutline(node: Node, depth = 0): string {
  const parts = node?.kind === 'tuple' ? node.elements : [];
  if (depth > 2) return '_';
  switch (atomOf(parts[0])) {
    case 'atom':
      return erlangAtom(atomOf(parts[2]) ?? '');
    case 'integer':
    case 'char':
      return String(numberOf(parts[2]) ?? '_');
    case 'string': {
      const text = JSON.stringify(textOf(parts[2]) ?? '');
      return text.length > LONGEST ? `${text.slice(0, LONGEST)}…"` : text;
    }
    case 'nil':
      return '[]';
    case 'cons':
      return '[_|_]';
    case 'bin':
      return '<<_>>';
    case 'record':
      // {record, Anno, Name, Fields}, or {record, Anno, Value, Name, Fields} for an update
      return `#${erlangAtom(atomOf(parts[2]) ?? atomOf(parts[3]) ?? '')}{}`;
    case 'map':
      return '#{}';
    case 'tuple': {
      const elements = (listOf(parts[2]) ?? []).map((one: Term) => erlangOutline(one, depth + 1));
      return `{${(elements.length > MOST ? [...elements.slice(0, MOST), '…'] : elements).join(',')}}`;
    }
    case 'match': {
      const sides = parts.slice(2).map((side) => erlangOutline(side, depth));
      return sides.find((side) => side !== '_') ?? '_';
    }
    default:
      return '_';
  }
}
