/** A source of Elixir → facts of its modules, as far as they can be seen before macros are expanded. */
import type { Node } from 'web-tree-sitter';
import { newFunction, type FunctionFacts, type ModuleFacts } from '../facts.js';
import { aliasesOf, resolveAlias, type Aliases } from './aliases.js';
import { argumentsOf, blockOf, childrenOf, keywordOf, nameOf, textOf } from './nodes.js';
import { sourceOutline } from './source-outline.js';
import { walkBody } from './walk-body.js';

const KINDS: Record<string, FunctionFacts['kind'] | undefined> = {
  def: 'public',
  defp: 'private',
  defmacro: 'macro',
  defmacrop: 'macro',
  defguard: 'macro',
  defguardp: 'macro',
  defdelegate: 'public',
};

/** `use X` where X is the behaviour itself. */
const USED_AS_BEHAVIOUR =
  /^Elixir\.(GenServer|Supervisor|DynamicSupervisor|Application|Plug|GenStage|Mix\.Task|Oban\.Worker|Broadway|Phoenix\.(LiveView|LiveComponent|Channel|Socket)|Ecto\.Type)$/;
/** `use ShopWeb, :live_view`, as Phoenix's generators have it. */
const WEB: Record<string, string | undefined> = {
  live_view: 'Elixir.Phoenix.LiveView',
  live_component: 'Elixir.Phoenix.LiveComponent',
  channel: 'Elixir.Phoenix.Channel',
};

/** @param root of the tree @param file path of the source */
export function elixirSourceFacts(root: Node, file: string): ModuleFacts[] {
  const modules: ModuleFacts[] = [];
  for (const one of childrenOf(root)) visit(one, undefined, new Map(), file, modules);
  for (const module of modules) finish(module);
  return modules;
}

function visit(node: Node, outer: string | undefined, aliases: Aliases, file: string, modules: ModuleFacts[]): void {
  const name = nameOf(node);
  if (!['defmodule', 'defprotocol', 'defimpl'].includes(name ?? '')) return;
  const written = textOf(argumentsOf(node)[0]);
  if (written === undefined || !/^[A-Z]/.test(written)) return;
  const full =
    name === 'defimpl'
      ? implementation(node, aliases, outer)
      : outer === undefined
        ? `Elixir.${written}`
        : `${outer}.${written}`;
  if (outer !== undefined)
    aliases.set(written.split('.')[0] ?? written, `${outer}.${written.split('.')[0] ?? written}`);
  const module: ModuleFacts = {
    module: full,
    language: 'elixir',
    file,
    behaviours: [],
    callbacks: [],
    functions: [],
    why: undefined,
  };
  modules.push(module);
  moduleBody(blockOf(node), module, new Map(aliases), file, modules, undefined);
}

const implementation = (node: Node, aliases: Aliases, outer: string | undefined): string => {
  const [protocol] = argumentsOf(node);
  const target = keywordOf(node, 'for');
  const of = target
    ? resolveAlias(textOf(target) ?? '', aliases).replace(/^Elixir\./, '')
    : (outer ?? '').replace(/^Elixir\./, '');
  return `${resolveAlias(textOf(protocol) ?? '', aliases)}.${of}`;
};

function moduleBody(
  statements: readonly Node[],
  module: ModuleFacts,
  aliases: Aliases,
  file: string,
  modules: ModuleFacts[],
  describe: string | undefined,
): void {
  for (const node of statements) {
    const name = nameOf(node);
    if (node.type === 'unary_operator') attribute(node, module, aliases);
    else if (name === 'alias' || name === 'require') aliasesOf(node, aliases, module.module);
    else if (name === 'use') use(node, module, aliases);
    else if (name === 'defmodule' || name === 'defimpl' || name === 'defprotocol')
      visit(node, module.module, aliases, file, modules);
    else if (name === 'describe')
      moduleBody(blockOf(node), module, aliases, file, modules, stringOf(argumentsOf(node)[0]));
    else if (name === 'test' || name === 'property') test(node, name, module, aliases, describe);
    else if (name !== undefined && KINDS[name] !== undefined) define(node, KINDS[name], module, aliases);
  }
}

const stringOf = (node: Node | undefined): string | undefined =>
  node?.type === 'string' && !childrenOf(node).some(({ type }) => type === 'interpolation')
    ? node.text.slice(1, -1)
    : undefined;

/** `@behaviour X`, `@callback name(…) :: …`. */
function attribute(node: Node, module: ModuleFacts, aliases: Aliases): void {
  const [call] = childrenOf(node);
  if (call === undefined) return;
  const [value] = argumentsOf(call);
  if (nameOf(call) === 'behaviour' && (value?.type === 'alias' || value?.type === 'atom'))
    module.behaviours.push(resolveAlias(value.text, aliases));
  if (nameOf(call) === 'callback' && value?.type === 'binary_operator') {
    const head = childrenOf(value).find(({ type }) => type === 'call') ?? value;
    const inner = head.type === 'call' ? head : undefined;
    if (inner) module.callbacks.push(`${nameOf(inner) ?? ''}/${argumentsOf(inner).length}`);
  }
}

function use(node: Node, module: ModuleFacts, aliases: Aliases): void {
  const [what, how] = argumentsOf(node);
  const used = resolveAlias(textOf(what) ?? '', aliases);
  if (USED_AS_BEHAVIOUR.test(used)) module.behaviours.push(used);
  const role = how?.type === 'atom' ? WEB[how.text.slice(1)] : undefined;
  if (role !== undefined) module.behaviours.push(role);
}

/** ExUnit makes a function of it: `test what it says/1`. */
function test(node: Node, kind: string, module: ModuleFacts, aliases: Aliases, describe: string | undefined): void {
  const what = stringOf(argumentsOf(node)[0]);
  const block = blockOf(node);
  if (what === undefined || block.length === 0) return;
  const facts = newFunction(
    [kind, describe, what].filter((part) => part !== undefined).join(' '),
    1,
    node.startPosition.row + 1,
    'public',
  );
  facts.clauses = 1;
  facts.parameters = ['_'];
  walkBody(block, facts, aliases, module.module);
  module.functions.push(facts);
}

function define(node: Node, kind: FunctionFacts['kind'], module: ModuleFacts, aliases: Aliases): void {
  let [head] = argumentsOf(node);
  if (head?.type === 'binary_operator' && operatorOf(head) === 'when') head = childrenOf(head)[0];
  if (head === undefined) return;
  const isOperator = head.type === 'binary_operator' || head.type === 'unary_operator';
  const name = isOperator ? operatorOf(head) : head.type === 'identifier' ? head.text : nameOf(head);
  if (name === undefined || name === 'unquote') return;
  const args = isOperator ? childrenOf(head) : head.type === 'identifier' ? [] : argumentsOf(head);
  const optional = args.filter((arg) => operatorOf(arg) === '\\\\').length;
  const facts = ofModule(module, name, args.length, node.startPosition.row + 1, kind);
  const heads = args.map((arg) => (operatorOf(arg) === '\\\\' ? (childrenOf(arg)[0] ?? arg) : arg));
  const body = keywordOf(node, 'do');
  const statements = blockOf(node);
  // A head without a body only says what the defaults are.
  if (body === undefined && statements.length === 0 && nameOf(node) !== 'defdelegate')
    return defaults(facts, module, optional);
  if (facts.clauses++ === 0) facts.parameters = heads.map((one) => (one.type === 'identifier' ? one.text : '_'));
  heads.forEach((one, i) => {
    const outline = sourceOutline(one);
    if (outline !== '_' && !facts.patterns[i]?.includes(outline)) facts.patterns[i]?.push(outline);
  });
  const whole = body ? [body] : statements;
  facts.constant = facts.clauses === 1 && whole.length === 1 && isLiteral(whole[0]);
  walkBody(whole, facts, aliases, module.module);
  defaults(facts, module, optional);
}

const LITERALS = new Set(['atom', 'integer', 'float', 'boolean', 'nil', 'alias']);

const isLiteral = (node: Node | undefined): boolean =>
  node !== undefined && (LITERALS.has(node.type) || stringOf(node) !== undefined);

const operatorOf = (node: Node): string | undefined => node.childForFieldName('operator')?.text;

/** The function of that name, so that its clauses come together. */
function ofModule(
  module: ModuleFacts,
  name: string,
  arity: number,
  line: number,
  kind: FunctionFacts['kind'],
): FunctionFacts {
  const there = module.functions.find((fn) => fn.name === name && fn.arity === arity);
  if (there) return there;
  const facts = newFunction(name, arity, line, kind);
  module.functions.push(facts);
  return facts;
}

/** `f(a, b \\ 1)` is `f/1` too, which calls `f/2`. */
function defaults(facts: FunctionFacts, module: ModuleFacts, optional: number): void {
  for (let arity = facts.arity - optional; arity < facts.arity; arity++) {
    const short = ofModule(module, facts.name, arity, facts.line, facts.kind);
    if (short.clauses++ > 0) continue;
    short.parameters = facts.parameters.slice(0, arity);
    short.calls.push({ module: undefined, name: facts.name, arity: facts.arity, many: false });
  }
}

/** A name without a module is a function of this one where there is such; else it is one of Kernel's, or imported. */
function finish(module: ModuleFacts): void {
  const own = new Set(module.functions.map(({ name, arity }) => `${name}/${arity}`));
  for (const fn of module.functions)
    fn.calls = fn.calls.filter(
      ({ module: target, name, arity }) => target !== undefined || own.has(`${name}/${arity}`),
    );
  module.functions = module.functions.filter(({ clauses }) => clauses > 0);
}
