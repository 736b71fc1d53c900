/** Small looks into a syntax tree of tree-sitter. */
import type { Node } from 'web-tree-sitter';

/** What stands in a node, without comments and signs. */
export const childrenOf = (node: Node): Node[] =>
  node.namedChildren.filter((one): one is Node => one !== null && one.type !== 'comment');

export const textOf = (node: Node | undefined): string | undefined => node?.text;

/** What is called, where that is a plain name. */
export function nameOf(node: Node): string | undefined {
  if (node.type !== 'call') return undefined;
  const target = node.childForFieldName('target');
  return target?.type === 'identifier' ? target.text : undefined;
}

/** Arguments of a call, without the keywords at their end. */
export const argumentsOf = (call: Node): Node[] => allArguments(call).filter(({ type }) => type !== 'keywords');

export function allArguments(call: Node): Node[] {
  const list = childrenOf(call).find(({ type }) => type === 'arguments');
  return list ? childrenOf(list) : [];
}

/** The value of `key:` among the arguments. */
export function keywordOf(call: Node, key: string): Node | undefined {
  for (const keywords of allArguments(call).filter(({ type }) => type === 'keywords'))
    for (const pair of childrenOf(keywords)) {
      const [name, value] = childrenOf(pair);
      if (name?.text.trim() === `${key}:`) return value;
    }
  return undefined;
}

/** Statements between `do` and `end`, `rescue` and the like among them. */
export function blockOf(call: Node): Node[] {
  const block = childrenOf(call).find(({ type }) => type === 'do_block');
  return block ? childrenOf(block) : [];
}
