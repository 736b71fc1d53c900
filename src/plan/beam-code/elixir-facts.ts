/** Elixir's own debug information (`elixir_v1`: expanded syntax trees) → facts. */
import type { Term } from '../../term/index.js';
import { callFact, EACH, newFunction, type FunctionFacts, type ModuleFacts } from '../facts.js';
import { elixirOutline, isVariable } from './elixir-outline.js';
import { atomOf, entryOf, keyOf, listOf, numberOf, textOf, tupleOf, type Node } from './parts.js';

const KINDS: Record<string, FunctionFacts['kind'] | undefined> = {
  def: 'public',
  defp: 'private',
  defmacro: 'macro',
  defmacrop: 'macro',
};

/** @param map the map of `elixir_v1` @param specs its list of Erlang attributes */
export function elixirFacts(map: Term, specs: Term, module: string): ModuleFacts {
  const functions = (listOf(entryOf(map, 'definitions')) ?? []).flatMap(
    (definition) => functionFacts(definition) ?? [],
  );
  const behaviours = (listOf(entryOf(map, 'attributes')) ?? []).flatMap((attribute) => {
    const [key, value] = tupleOf(attribute, 2) ?? [];
    const name = ['behaviour', 'behavior'].includes(atomOf(key) ?? '') ? atomOf(value) : undefined;
    return name === undefined ? [] : [name];
  });
  return {
    module,
    language: 'elixir',
    file: textOf(entryOf(map, 'file')),
    behaviours: [...new Set(behaviours)],
    callbacks: (listOf(specs) ?? []).flatMap(callbackOf),
    functions: functions.sort(
      (a, b) => a.line - b.line || Number(a.name > b.name) - Number(a.name < b.name) || a.arity - b.arity,
    ),
    why: undefined,
  };
}

/** `{attribute, Line, callback, {{Name, Arity}, Types}}` → `name/arity`. Shared with Erlang's modules. */
export function callbackOf(attribute: Term): string[] {
  const [, , what, value] = tupleOf(attribute, 4) ?? [];
  if (atomOf(what) !== 'callback') return [];
  const [name, arity] = tupleOf(tupleOf(value, 2)?.[0], 2) ?? [];
  return [`${atomOf(name) ?? ''}/${numberOf(arity) ?? 0}`];
}

/** `{{Name, Arity}, Kind, Meta, [{Meta, Arguments, Guards, Body}]}`. */
function functionFacts(definition: Term): FunctionFacts | undefined {
  const [id, kind, meta, clauses] = tupleOf(definition, 4) ?? [];
  const [nameTerm, arityTerm] = tupleOf(id, 2) ?? [];
  const name = atomOf(nameTerm);
  const arity = numberOf(arityTerm);
  const known = KINDS[atomOf(kind) ?? ''];
  if (name === undefined || arity === undefined || known === undefined) return undefined;
  const facts = newFunction(name, arity, lineOf(meta), known);
  const walk = new Walk(facts);
  const bodies: Term[] = [];
  for (const clause of listOf(clauses) ?? []) {
    const [, args, guards, body] = tupleOf(clause, 4) ?? [];
    if (!body) continue;
    facts.clauses++;
    const heads = listOf(args) ?? [];
    if (facts.clauses === 1)
      facts.parameters = heads.map((head) => (isVariable(head) ? (atomOf(tupleOf(head, 3)?.[0]) ?? '_') : '_'));
    heads.forEach((head, i) => {
      const outline = elixirOutline(head);
      if (outline !== '_' && !facts.patterns[i]?.includes(outline)) facts.patterns[i]?.push(outline);
    });
    for (const part of [...heads, ...(listOf(guards) ?? [])]) walk.head(part);
    walk.body(body);
    bodies.push(body);
  }
  facts.lines = walk.lines.size;
  facts.constant = bodies.length === 1 && isLiteral(bodies[0]);
  const context = atomOf(keyOf(meta, 'context'));
  // What a person wrote within a macro has variables of theirs; what only the macro wrote has none.
  if (context !== undefined && !walk.hasOwnVariables && !name.startsWith('test ')) facts.generatedBy = context;
  return facts;
}

const lineOf = (meta: Node): number => numberOf(keyOf(meta, 'line')) ?? 0;

class Walk {
  readonly lines = new Set<number>();
  hasOwnVariables = false;
  #inHead = false;

  constructor(private readonly facts: FunctionFacts) {}

  head(node: Term): void {
    this.#inHead = true;
    this.#walk(node, false);
    this.#inHead = false;
  }

  body(node: Term): void {
    this.#walk(node, false);
  }

  #walk(node: Node, many: boolean): void {
    if (node?.kind === 'list') {
      for (const one of node.elements) this.#walk(one, many);
      return this.#walk(node.tail, many);
    }
    if (node?.kind !== 'tuple') return;
    const [head, meta, args] = node.elements;
    if (node.elements.length !== 3 || meta?.kind !== 'list') {
      for (const one of node.elements) this.#walk(one, many);
      return;
    }
    if (!this.#inHead) this.facts.size++;
    const line = lineOf(meta);
    if (!this.#inHead && line > 0 && keyOf(meta, 'generated') === undefined) this.lines.add(line);
    if (args?.kind === 'atom') {
      if (args.name === 'nil') this.hasOwnVariables = true;
      return;
    }
    const list = listOf(args) ?? [];
    const remote = tupleOf(head, 3);
    if (remote && atomOf(remote[0]) === '.') return this.#remote(listOf(remote[2]) ?? [], meta, list, many);
    const name = atomOf(head);
    if (name === undefined) {
      this.#walk(head, many);
      return this.#walkAll(list, many);
    }
    this.#local(name, list, many, meta);
  }

  #walkAll(nodes: readonly Term[], many: boolean): void {
    for (const one of nodes) this.#walk(one, many);
  }

  #remote(target: readonly Term[], meta: Node, args: readonly Term[], many: boolean): void {
    const [moduleTerm, nameTerm] = target;
    const module = atomOf(moduleTerm);
    const name = atomOf(nameTerm);
    // fun.(…), module.function(…); map.field has no parentheses.
    if (module === undefined || name === undefined) {
      if (keyOf(meta, 'no_parens') === undefined && !this.#inHead) this.facts.dynamic = true;
      this.#walk(moduleTerm, many);
      return this.#walkAll(args, many);
    }
    if (!this.#inHead) this.#call(module, name, args, meta, many);
    const each = EACH.has(module);
    for (const arg of args) this.#walk(arg, many || (each && isFun(arg)));
  }

  #call(module: string, name: string, args: readonly Term[], meta: Node, many: boolean): void {
    if (module === 'erlang') {
      if ((name === 'send' || name === '!') && args.length >= 2) this.#noteSend(args[1]);
      if (
        ['error', 'throw', 'exit', 'raise'].includes(name) &&
        keyOf(meta, 'generated') === undefined &&
        args.length < 3
      )
        this.#noteRaise(name, args[0]);
    }
    const subject = atomOf(args[0]);
    const message = args[1] && elixirOutline(args[1]);
    this.facts.calls.push(callFact({ module, name, arity: args.length, many }, subject, message));
  }

  #noteSend(message: Node): void {
    const outline = message ? elixirOutline(message) : '_';
    if (!this.facts.sends.includes(outline)) this.facts.sends.push(outline);
  }

  #noteRaise(how: string, what: Node): void {
    const remote = tupleOf(tupleOf(what, 3)?.[0], 3);
    const [module, name] = remote && atomOf(remote[0]) === '.' ? (listOf(remote[2]) ?? []) : [];
    const exception = atomOf(name) === 'exception' ? atomOf(module)?.replace(/^Elixir\./, '') : undefined;
    const text = exception ?? (how === 'error' ? 'an error' : how === 'throw' ? 'a throw' : 'an exit');
    if (!this.facts.raises.includes(text)) this.facts.raises.push(text);
  }

  #local(name: string, args: readonly Term[], many: boolean, meta: Node): void {
    switch (name) {
      case 'try':
        if (['rescue', 'catch'].some((part) => keyOf(args[0], part) !== undefined)) this.facts.rescues = true;
        return this.#walkAll(args, many);
      case 'receive':
        this.facts.receives = true;
        return this.#walkAll(args, many);
      case 'for':
        return this.#comprehension(args, many);
      case '&':
        return this.#capture(args, many);
      case 'super': {
        // A head with defaults leads to the function itself, any other `super` to one that a macro wrote.
        const target = atomOf(tupleOf(keyOf(meta, 'super'), 2)?.[1]);
        if (target !== undefined) this.facts.calls.push({ module: undefined, name: target, arity: args.length, many });
        return this.#walkAll(args, many);
      }
      default:
        if (!SPECIAL.has(name) && !this.#inHead)
          this.facts.calls.push({ module: undefined, name, arity: args.length, many });
        return this.#walkAll(args, many);
    }
  }

  /** The first generator's list is made once, the rest is for each element. */
  #comprehension(args: readonly Term[], many: boolean): void {
    const [pattern, list] = listOf(tupleOf(args[0], 3)?.[2]) ?? [];
    this.#walk(pattern, true);
    this.#walk(list, many);
    this.#walkAll(args.slice(1), true);
  }

  /** `&name/1`, `&Module.name/1`. */
  #capture(args: readonly Term[], many: boolean): void {
    const [slash, , operands] = tupleOf(args[0], 3) ?? [];
    const [target, arity] = atomOf(slash) === '/' ? (listOf(operands) ?? []) : [];
    const count = numberOf(arity);
    const [what] = tupleOf(target, 3) ?? [];
    if (count === undefined) return this.#walkAll(args, many);
    const remote = tupleOf(what, 3);
    const [module, fn] = remote ? (listOf(remote[2]) ?? []) : [];
    const name = atomOf(what) ?? atomOf(fn);
    if (name !== undefined && (!remote || atomOf(module) !== undefined))
      this.facts.calls.push({ module: atomOf(module), name, arity: count, many });
  }
}

const isFun = (node: Term): boolean => ['fn', '&'].includes(atomOf(tupleOf(node, 3)?.[0]) ?? '');

function isLiteral(node: Node): boolean {
  if (node?.kind === 'list') return node.elements.every(isLiteral);
  if (node?.kind !== 'tuple') return true;
  if (node.elements.length === 2) return node.elements.every(isLiteral);
  const [head, , args] = tupleOf(node, 3) ?? [];
  return ['{}', '%{}', '%'].includes(atomOf(head) ?? '') && (listOf(args) ?? []).every(isLiteral);
}

const SPECIAL = new Set([
  '=', '{}', '%{}', '%', '<<>>', '^', '__block__', '->', 'when', '|', '.', '::', 'fn', 'case', 'cond', 'with', '<-', 'do',
  'else', 'quote', 'unquote', 'unquote_splicing', '__aliases__', '__MODULE__', '__ENV__', '__CALLER__', '__STACKTRACE__', '__DIR__',
  'import', 'alias', 'require', 'use', 'binary', 'integer', 'size', 'unit', 'utf8', 'bytes', 'bits', 'bitstring', 'float',
]); // prettier-ignore
