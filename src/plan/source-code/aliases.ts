/** Short names of modules in a source. */
import type { Node } from 'web-tree-sitter';
import { argumentsOf, childrenOf, keywordOf } from './nodes.js';

export type Aliases = Map<string, string>;

/** `Stock.Shelf` → `Elixir.Shop.Stock.Shelf`. */
export function resolveAlias(text: string, aliases: ReadonlyMap<string, string>, own?: string): string {
  if (text.startsWith(':')) return text.slice(1).replace(/^"(.*)"$/, '$1');
  const [first = '', ...rest] = text.replace(/\s/g, '').split('.');
  if (text === '__MODULE__' && own !== undefined) return own;
  const base = first === '__MODULE__' && own !== undefined ? own : (aliases.get(first) ?? `Elixir.${first}`);
  return [base, ...rest].join('.');
}

/** `alias A.B`, `alias A.{B, C}`, `alias A.B, as: C`. */
export function aliasesOf(call: Node, aliases: Aliases, own: string): void {
  const [what] = argumentsOf(call);
  if (what === undefined) return;
  if (what.type === 'dot') {
    const [base, many] = childrenOf(what);
    if (base === undefined || many?.type !== 'tuple') return;
    for (const one of childrenOf(many)) add(aliases, `${base.text}.${one.text}`, undefined, own);
    return;
  }
  if (what.type === 'alias' || what.text.startsWith('__MODULE__')) {
    const as = keywordOf(call, 'as');
    const isRequire = call.childForFieldName('target')?.text === 'require';
    if (!isRequire || as) add(aliases, what.text, as?.text, own);
  }
}

function add(aliases: Aliases, text: string, as: string | undefined, own: string): void {
  const full = resolveAlias(text, aliases, own);
  aliases.set(as ?? full.split('.').at(-1) ?? full, full);
}
