/** Works an expression out over the values that its variables had. Nothing else is touched, and it always ends. */
import { tuple, type Term } from '../term/index.js';
import { integer } from './arithmetic.js';
import { Raised, Unknown } from './error.js';
import type { Clause, Expr } from './expr.js';
import { equals } from './order.js';
import { bytes, field, kindOf, lookup, makeList, makeMap, makeText, mapTerm, NIL, shown, toText, truth } from './parts.js'; // prettier-ignore
import { Run, type Closure, type Value } from './run.js';
import { changed } from './functions/index.js';

export type Outcome =
  /** It may hold parts that were cut, which printing shows. */
  | { readonly kind: 'value'; readonly value: Term }
  /** The program would have raised this. */
  | { readonly kind: 'raised'; readonly why: string; readonly at: number }
  /** A part that it takes was not recorded, or it takes too long. */
  | { readonly kind: 'unknown'; readonly why: string; readonly at: number };

export interface EvaluateOptions {
  /** Parts that are looked at before giving up. */
  readonly steps?: number;
}

const STEPS = 200_000;

export function evaluate(
  expr: Expr,
  variables: ReadonlyMap<string, Term>,
  { steps = STEPS }: EvaluateOptions = {},
): Outcome {
  // prettier-ignore
  const run = new Run(steps);
  try {
    const value = new Evaluator(run).value(expr, { names: variables, outside: undefined });
    if (value.kind === 'closure') return { kind: 'raised', why: 'this is a function, not a value', at: expr.at };
    return { kind: 'value', value };
  } catch (error) {
    if (error instanceof Raised) return { kind: 'raised', why: error.message, at: error.at };
    if (error instanceof Unknown) return { kind: 'unknown', why: error.message, at: error.at };
    // Terms and expressions nest within bounds; should both do so at once, that is an answer too.
    if (error instanceof RangeError) return { kind: 'unknown', why: 'this takes too much to evaluate', at: expr.at };
    throw error;
  }
}

interface Scope {
  readonly names: ReadonlyMap<string, Value>;
  readonly outside: Scope | undefined;
}

class Evaluator {
  constructor(private readonly run: Run) {}

  value(expr: Expr, scope: Scope): Value {
    const { run } = this;
    run.at = expr.at;
    run.spend();
    switch (expr.kind) {
      case 'literal':
        return expr.value;
      case 'variable':
        return this.#variable(expr.name, scope);
      case 'text': {
        const parts = expr.parts.map((part) =>
          typeof part === 'string' ? part : toText(run, this.value(part, scope)),
        );
        const whole = parts.join('');
        if (!expr.list) return makeText(run, whole);
        return makeList(run, [...whole].map((one) => ({ kind: 'integer', value: one.codePointAt(0)! }))); // prettier-ignore
      }
      case 'list': {
        const items = expr.elements.map((one) => this.#term(one, scope));
        const tail = expr.tail === undefined ? undefined : this.#term(expr.tail, scope);
        if (tail === undefined) return makeList(run, items);
        const rest = run.known(tail);
        run.spend(items.length);
        return rest.kind === 'list' ? { ...rest, elements: [...items, ...rest.elements] } : makeList(run, items, rest);
      }
      case 'tuple':
        return tuple(...expr.elements.map((one) => this.#term(one, scope)));
      case 'map':
        return this.#map(expr, scope);
      case 'bytes':
        return this.#bytes(expr.parts, scope);
      case 'field':
        return this.#field(expr, scope);
      case 'call': {
        const args = expr.args.map((one) => this.value(one, scope));
        run.at = expr.at;
        return expr.builtin(run, ...args);
      }
      case 'apply': {
        const fn = this.value(expr.fn, scope);
        const args = expr.args.map((one) => this.value(one, scope));
        run.at = expr.at;
        return run.call(run.closure(fn, args.length), ...args);
      }
      case 'logic': {
        const first = this.value(expr.left, scope);
        run.at = expr.left.at;
        if (run.truth(first, expr.loose) === (expr.op === 'or')) return first;
        return this.value(expr.right, scope);
      }
      case 'if': {
        const holds = run.truth(this.value(expr.condition, scope), true);
        if (holds) return this.value(expr.then, scope);
        return expr.otherwise === undefined ? NIL : this.value(expr.otherwise, scope);
      }
      case 'function':
        return this.#closure(expr.clauses, expr.arity, scope);
      case 'reference': {
        const { builtin, arity } = expr;
        return { kind: 'closure', arity, apply: (args) => builtin(run, ...args) };
      }
      case 'match':
        return truth(this.#matches(expr.pattern, this.#term(expr.of, scope), new Map()));
    }
  }

  #term(expr: Expr, scope: Scope): Term {
    return this.run.term(this.value(expr, scope));
  }

  #variable(name: string, scope: Scope): Value {
    for (let here: Scope | undefined = scope; here !== undefined; here = here.outside) {
      const value = here.names.get(name);
      if (value !== undefined) return value;
    }
    return this.run.unknown(`no variable ${name} is recorded here`);
  }

  #map({ base, pairs, at }: Expr & { kind: 'map' }, scope: Scope): Term {
    const { run } = this;
    const values = pairs.map(({ key, value, update }) => ({ key: this.#term(key, scope), value: this.#term(value, scope), update })); // prettier-ignore
    if (base === undefined) return makeMap(run, values.map(({ key, value }) => [key, value])); // prettier-ignore
    let map = mapTerm(run, this.value(base, scope));
    run.at = at;
    for (const { key, value, update } of values) {
      if (update && lookup(run, map, key) === undefined) run.raise(`KeyError: key ${shown(key)} not found in ${shown(map)}`); // prettier-ignore
      map = changed(run, map, key, value);
    }
    return map;
  }

  #bytes(parts: readonly Expr[], scope: Scope): Term {
    const { run } = this;
    const found: number[] = [];
    for (const part of parts) {
      const value = this.value(part, scope);
      run.at = part.at;
      if (part.kind === 'literal' && part.value.kind === 'binary') found.push(...bytes(run, part.value));
      else found.push(Number(BigInt.asUintN(8, BigInt(integer(run, value)))));
    }
    return makeText(run, Uint8Array.from(found));
  }

  #field({ of, name, at }: Expr & { kind: 'field' }, scope: Scope): Term {
    const { run } = this;
    const container = this.value(of, scope);
    run.at = at;
    if (kindOf(run, container) !== 'map') {
      const term = run.term(container);
      return run.raise(
        term.kind === 'atom'
          ? `UndefinedFunctionError: ${shown(term)} has no field ${name}`
          : `BadMapError: ${shown(term)} has no field ${name}`,
      );
    }
    return field(run, mapTerm(run, container), name);
  }

  #closure(clauses: readonly Clause[], arity: number, scope: Scope): Closure {
    const apply = (args: readonly Value[]): Value => {
      for (const { patterns, body } of clauses) {
        const names = new Map<string, Value>();
        if (patterns.every((pattern, i) => this.#takes(pattern, args[i]!, names)))
          return this.value(body, { names, outside: scope });
      }
      return this.run.raise('FunctionClauseError: no clause of the function fits');
    };
    return { kind: 'closure', arity, apply };
  }

  #takes(pattern: Expr, value: Value, names: Map<string, Value>): boolean {
    if (pattern.kind === 'variable' && !names.has(pattern.name)) {
      if (pattern.name !== '_') names.set(pattern.name, value);
      return true;
    }
    return this.#matches(pattern, this.run.term(value), names);
  }

  /** Whether a value fits; what it binds is put into `names`. */
  #matches(pattern: Expr, value: Term, names: Map<string, Value>): boolean {
    const { run } = this;
    run.spend();
    switch (pattern.kind) {
      case 'variable': {
        if (pattern.name === '_') return true;
        const bound = names.get(pattern.name);
        if (bound !== undefined) return equals(run, run.term(bound), value);
        names.set(pattern.name, value);
        return true;
      }
      case 'literal':
        return equals(run, pattern.value, value);
      case 'tuple': {
        if (kindOf(run, value) !== 'tuple') return false;
        const term = run.known(value);
        if (term.kind !== 'tuple' || term.size !== pattern.elements.length) return false;
        return pattern.elements.every((one, i) => this.#matches(one, term.elements[i] ?? run.unknown('the tuple was cut when it was recorded'), names)); // prettier-ignore
      }
      case 'list':
        return this.#matchesList(pattern, value, names);
      case 'map': {
        if (kindOf(run, value) !== 'map') return false;
        const term = mapTerm(run, value);
        return pattern.pairs.every(({ key, value: wanted }) => {
          const found = key.kind === 'literal' ? lookup(run, term, key.value) : undefined;
          return found !== undefined && this.#matches(wanted, found, names);
        });
      }
      default:
        return run.badArgument('not a pattern');
    }
  }

  #matchesList(pattern: Expr & { kind: 'list' }, value: Term, names: Map<string, Value>): boolean {
    const { run } = this;
    if (kindOf(run, value) !== 'list') return false;
    const term = run.known(value);
    if (term.kind !== 'list') return false;
    const wanted = pattern.elements.length;
    if (term.elements.length < wanted) {
      const fits = pattern.elements.slice(0, term.elements.length).every((one, i) => this.#matches(one, term.elements[i]!, names)); // prettier-ignore
      return fits && term.more === true ? run.unknown('the list was cut when it was recorded') : false;
    }
    if (!pattern.elements.every((one, i) => this.#matches(one, term.elements[i]!, names))) return false;
    const left = term.elements.slice(wanted);
    run.spend(left.length);
    if (pattern.tail !== undefined) {
      const tail = left.length === 0 && term.tail !== undefined ? term.tail : { ...term, elements: left };
      return this.#matches(pattern.tail, tail, names);
    }
    if (left.length > 0 || term.tail !== undefined) return false;
    return term.more === true ? run.unknown('the list was cut when it was recorded') : true;
  }
}
