/** A pattern or message as it stands in a source, in a few characters. */
import type { Node } from 'web-tree-sitter';
import { childrenOf } from './nodes.js';

const MOST = 5;
const LONGEST = 24;

/** As `elixirOutline` does it for compiled code. */
export function sourceOutline(node: Node | undefined, depth = 0): string {
  if (node === undefined || depth > 2) return '_';
  switch (node.type) {
    case 'atom':
    case 'quoted_atom':
    case 'integer':
    case 'float':
    case 'boolean':
    case 'nil':
    case 'alias':
      return node.text;
    case 'string':
      return node.text.length > LONGEST ? `${node.text.slice(0, LONGEST)}…"` : node.text;
    case 'tuple':
      return `{${some(childrenOf(node).flatMap((one) => entries(one, depth + 1)))}}`;
    case 'list':
      return childrenOf(node).length === 0 ? '[]' : '[_ | _]';
    case 'map':
      return mapText(node, depth);
    case 'bitstring':
      return '<<_>>';
    case 'binary_operator': {
      if (node.childForFieldName('operator')?.text !== '=') return '_';
      return childrenOf(node).map((side) => sourceOutline(side, depth)).find((side) => side !== '_') ?? '_'; // prettier-ignore
    }
    default:
      return '_';
  }
}

function mapText(node: Node, depth: number): string {
  const parts = childrenOf(node);
  const struct = parts.find(({ type }) => type === 'struct');
  if (struct) return /^[A-Z]/.test(struct.text) ? `%${struct.text}{}` : '_';
  const content = parts.find(({ type }) => type === 'map_content');
  return `%{${some(content ? childrenOf(content).flatMap((one) => entries(one, depth + 1)) : [])}}`;
}

/** Keywords are several. */
function entries(node: Node, depth: number): string[] {
  if (node.type === 'keywords')
    return childrenOf(node).map((pair) => {
      const [key, value] = childrenOf(pair);
      return `${key?.text.trim() ?? '_'} ${sourceOutline(value, depth)}`;
    });
  if (node.type === 'binary_operator' && node.childForFieldName('operator')?.text === '=>') {
    const [key, value] = childrenOf(node);
    return [`${sourceOutline(key, depth)} => ${sourceOutline(value, depth)}`];
  }
  return [sourceOutline(node, depth)];
}

const some = (parts: readonly string[]): string =>
  parts.length > MOST ? [...parts.slice(0, MOST), '…'].join(', ') : parts.join(', ');
