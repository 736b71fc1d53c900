/** A pattern or message of Elixir in a few characters: what tells it from others, and `_` for the rest. */
import type { Term } from '../../term/index.js';
import { elixirAtom } from '../../term/index.js';
import { atomOf, listOf, tupleOf, type Node } from './parts.js';

const MOST = 5;
const LONGEST = 24;

export const isVariable = (node: Term): boolean => {
  const [name, , context] = tupleOf(node, 3) ?? [];
  return name?.kind === 'atom' && context?.kind === 'atom';
};

/** `{:ship, _}`, `%Order{}`, `_`. */
export function elixirOutline(node: Node, depth = 0): string {
  if (node === undefined || depth > 2) return '_';
  switch (node.kind) {
    case 'atom':
      return elixirAtom(node.name);
    case 'integer':
    case 'float':
      return String(node.value);
    case 'binary': {
      const text = JSON.stringify(Buffer.from(node.bytes).toString('utf8'));
      return text.length > LONGEST ? `${text.slice(0, LONGEST)}…"` : text;
    }
    case 'list':
      if (node.elements.length === 0) return '[]';
      return isKeyword(node) ? `[${some(node.elements.map((pair) => pairText(pair, depth)))}]` : '[_ | _]';
    case 'tuple':
      return node.elements.length === 2 ? tupleText(node.elements, depth) : form(node, depth);
    default:
      return '_';
  }
}

function form(node: Term, depth: number): string {
  const [head, , args] = tupleOf(node, 3) ?? [];
  const list = listOf(args) ?? [];
  switch (atomOf(head)) {
    case '{}':
      return tupleText(list, depth);
    case '=': {
      const sides = list.map((side) => elixirOutline(side, depth));
      return sides.find((side) => side !== '_') ?? '_';
    }
    case '%{}':
      return list.length === 0 ? '%{}' : `%{${some(list.map((pair) => pairText(pair, depth)))}}`;
    case '%':
      return list[0]?.kind === 'atom' ? `%${elixirAtom(list[0].name)}{}` : '_';
    case '<<>>': {
      // "room:" <> room, which comes as <<"room:"::binary, room::binary>>
      const first = listOf(tupleOf(list[0], 3)?.[2])?.[0] ?? list[0];
      return first?.kind === 'binary' && list.length > 1 ? `${elixirOutline(first)} <> _` : '<<_>>';
    }
    default:
      return '_';
  }
}

const tupleText = (elements: readonly Term[], depth: number): string =>
  `{${some(elements.map((one) => elixirOutline(one, depth + 1)))}}`;

const some = (parts: readonly string[]): string =>
  parts.length > MOST ? [...parts.slice(0, MOST), '…'].join(', ') : parts.join(', ');

const isKeyword = (node: Term): boolean => (listOf(node) ?? []).every((pair) => tupleOf(pair, 2)?.[0]?.kind === 'atom');

function pairText(pair: Term, depth: number): string {
  const [key, value] = tupleOf(pair, 2) ?? [];
  if (key === undefined) return '_';
  const text = elixirOutline(value, depth + 1);
  return key.kind === 'atom'
    ? `${elixirAtom(key.name).replace(/^:/, '')}: ${text}`
    : `${elixirOutline(key, depth + 1)} => ${text}`;
}
