/** What the body of a function does, as far as its text tells. */
import type { Node } from 'web-tree-sitter';
import { callFact, EACH, type FunctionFacts } from '../facts.js';
import { resolveAlias, type Aliases } from './aliases.js';
import { allArguments, childrenOf, nameOf } from './nodes.js';
import { sourceOutline } from './source-outline.js';

/** Of Kernel, with the functions of `erlang` that they are compiled to. */
const INLINED = new Set(['send', 'spawn', 'spawn_link', 'spawn_monitor', 'self', 'exit', 'throw', 'node']);
const SPECIAL = new Set(['if', 'unless', 'case', 'cond', 'with', 'for', 'receive', 'try', 'quote', 'unquote', 'fn', 'super', 'raise', 'reraise', 'assert', 'refute', 'alias', 'import', 'require', 'use', 'is_nil', 'is_list', 'is_map', 'is_binary', 'is_atom', 'is_integer', 'is_tuple', 'not', 'and', 'or', 'in']); // prettier-ignore

export function walkBody(statements: readonly Node[], facts: FunctionFacts, aliases: Aliases, module: string): void {
  const lines = new Set<number>();
  const walk = new Walk(facts, aliases, module, lines);
  for (const one of statements) walk.node(one, false);
  facts.lines += lines.size;
}

class Walk {
  constructor(
    private readonly facts: FunctionFacts,
    private readonly aliases: Aliases,
    private readonly module: string,
    private readonly lines: Set<number>,
  ) {}

  node(node: Node, many: boolean): void {
    this.facts.size++;
    if (node.type !== 'do_block' && node.type !== 'body') this.lines.add(node.startPosition.row);
    switch (node.type) {
      case 'rescue_block':
      case 'catch_block':
        this.facts.rescues = true;
        return this.#all(node, many);
      case 'call':
        return this.#call(node, many, []);
      case 'binary_operator':
        if (node.childForFieldName('operator')?.text === '|>') return this.#pipe(node, many);
        return this.#all(node, many);
      case 'unary_operator':
        if (node.childForFieldName('operator')?.text === '&') return this.#capture(node, many);
        return this.#all(node, many);
      case 'string':
      case 'sigil':
      case 'charlist':
      case 'atom':
      case 'alias':
        return;
      default:
        return this.#all(node, many);
    }
  }

  #all(node: Node, many: boolean): void {
    for (const one of childrenOf(node)) this.node(one, many);
  }

  /** `left |> right(…)`: one argument more. */
  #pipe(node: Node, many: boolean): void {
    const [left, right] = childrenOf(node);
    if (left) this.node(left, many);
    if (right?.type === 'call') this.#call(right, many, left ? [left] : []);
    else if (right) this.node(right, many);
  }

  /** `&name/1`, `&Module.name/1`; otherwise the body of a fun. */
  #capture(node: Node, many: boolean): void {
    const [what] = childrenOf(node);
    const [target, arity] = what?.childForFieldName('operator')?.text === '/' ? childrenOf(what) : [];
    if (arity?.type !== 'integer' || !target) return this.#all(node, many);
    const count = Number(arity.text);
    if (target.type === 'identifier')
      this.facts.calls.push({ module: undefined, name: target.text, arity: count, many });
    const [module, name] = this.#remote(target.childForFieldName('target') ?? target);
    if (module !== undefined && name !== undefined) this.facts.calls.push({ module, name, arity: count, many });
  }

  /** `Module.name` and `:module.name`. */
  #remote(dot: Node): [string | undefined, string | undefined] {
    if (dot.type !== 'dot') return [undefined, undefined];
    const [left, right] = childrenOf(dot);
    const isModule = left?.type === 'alias' || left?.type === 'atom' || left?.text === '__MODULE__';
    return isModule && left
      ? [resolveAlias(left.text, this.aliases, this.module), right?.text]
      : [undefined, right?.text];
  }

  #call(node: Node, many: boolean, piped: readonly Node[]): void {
    const target = node.childForFieldName('target');
    const args = [...piped, ...allArguments(node)];
    const name = nameOf(node);
    let module: string | undefined;
    if (name !== undefined) this.#local(name, args, many);
    else if (target?.type === 'dot') {
      const [left, right] = childrenOf(target);
      const [found, fn] = this.#remote(target);
      module = found;
      if (found !== undefined && fn !== undefined) this.#note(found, fn, args, many);
      // fun.(…), module.function(…); map.field has no parentheses.
      else if (right === undefined || node.text.includes('(')) this.facts.dynamic = true;
      if (left && found === undefined) this.node(left, many);
    }
    const each = (module !== undefined && EACH.has(module)) || name === 'for';
    for (const arg of args.slice(piped.length)) {
      const isFun = arg.type === 'anonymous_function' || (arg.type === 'unary_operator' && arg.text.startsWith('&'));
      this.node(arg, many || (each && (isFun || arg.type === 'keywords')));
    }
    for (const block of childrenOf(node).filter(({ type }) => type === 'do_block'))
      this.#all(block, many || name === 'for');
  }

  #local(name: string, args: readonly Node[], many: boolean): void {
    if (name === 'receive') this.facts.receives = true;
    if (name === 'raise' || name === 'reraise') {
      const what = args[0]?.type === 'alias' ? args[0].text : 'RuntimeError';
      if (!this.facts.raises.includes(what)) this.facts.raises.push(what);
    }
    if (name === 'throw' || name === 'exit') {
      const what = name === 'throw' ? 'a throw' : 'an exit';
      if (!this.facts.raises.includes(what)) this.facts.raises.push(what);
    }
    if (SPECIAL.has(name)) return;
    this.#note(INLINED.has(name) ? 'erlang' : undefined, name, args, many);
    if (name === 'send') {
      const outline = sourceOutline(args[1]);
      if (!this.facts.sends.includes(outline)) this.facts.sends.push(outline);
    }
  }

  #note(module: string | undefined, name: string, args: readonly Node[], many: boolean): void {
    const [first, second] = args;
    const subject =
      first?.type === 'alias' || first?.text === '__MODULE__'
        ? resolveAlias(first.text, this.aliases, this.module)
        : undefined;
    this.facts.calls.push(
      callFact(
        { module, name, arity: args.length, many },
        subject,
        second === undefined ? undefined : sourceOutline(second),
      ),
    );
  }
}
