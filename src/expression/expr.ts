/** Expressions, whatever language they were written in. `at` is where in the text each begins. */
import type { Term } from '../term/index.js';
import type { Builtin } from './run.js';

export type Expr =
  | { readonly kind: 'literal'; readonly value: Term; readonly at: number }
  | { readonly kind: 'variable'; readonly name: string; readonly at: number }
  /** Text with values in it: a string, or a charlist. */
  | { readonly kind: 'text'; readonly parts: readonly (string | Expr)[]; readonly list: boolean; readonly at: number }
  | { readonly kind: 'list'; readonly elements: readonly Expr[]; readonly tail: Expr | undefined; readonly at: number }
  | { readonly kind: 'tuple'; readonly elements: readonly Expr[]; readonly at: number }
  /** With `base` it changes that map: `update` only keys that are there. */
  | {
      readonly kind: 'map';
      readonly base: Expr | undefined;
      readonly pairs: readonly { readonly key: Expr; readonly value: Expr; readonly update: boolean }[];
      readonly at: number;
    }
  | { readonly kind: 'bytes'; readonly parts: readonly Expr[]; readonly at: number }
  | { readonly kind: 'field'; readonly of: Expr; readonly name: string; readonly at: number }
  | { readonly kind: 'call'; readonly builtin: Builtin; readonly args: readonly Expr[]; readonly at: number }
  | { readonly kind: 'apply'; readonly fn: Expr; readonly args: readonly Expr[]; readonly at: number }
  | {
      readonly kind: 'logic';
      readonly op: 'and' | 'or';
      /** Anything but nil and false counts as true, and the operand itself is the value: `&&`, `||`. */
      readonly loose: boolean;
      readonly left: Expr;
      readonly right: Expr;
      readonly at: number;
    }
  | {
      readonly kind: 'if';
      readonly condition: Expr;
      readonly then: Expr;
      readonly otherwise: Expr | undefined;
      readonly at: number;
    }
  | { readonly kind: 'function'; readonly clauses: readonly Clause[]; readonly arity: number; readonly at: number }
  /** `&length/1`. */
  | { readonly kind: 'reference'; readonly builtin: Builtin; readonly arity: number; readonly at: number }
  | { readonly kind: 'match'; readonly pattern: Expr; readonly of: Expr; readonly at: number };

export interface Clause {
  readonly patterns: readonly Expr[];
  readonly body: Expr;
}

/** What stands inside of an expression, for whoever walks it. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'variable':
    case 'reference':
      return [];
    case 'text':
      return expr.parts.filter((part) => typeof part !== 'string');
    case 'list':
      return expr.tail === undefined ? expr.elements : [...expr.elements, expr.tail];
    case 'tuple':
      return expr.elements;
    case 'map':
      return [...(expr.base === undefined ? [] : [expr.base]), ...expr.pairs.flatMap(({ key, value }) => [key, value])];
    case 'bytes':
      return expr.parts;
    case 'field':
      return [expr.of];
    case 'call':
      return expr.args;
    case 'apply':
      return [expr.fn, ...expr.args];
    case 'logic':
      return [expr.left, expr.right];
    case 'if':
      return [expr.condition, expr.then, ...(expr.otherwise === undefined ? [] : [expr.otherwise])];
    case 'function':
      return expr.clauses.flatMap(({ patterns, body }) => [...patterns, body]);
    case 'match':
      return [expr.pattern, expr.of];
  }
}

/** The names that an expression takes from outside, each once with its first place, in the order in which they stand. */
export function variablesOf(expr: Expr): { name: string; at: number }[] {
  const found = new Map<string, number>();
  const walk = (one: Expr, bound: ReadonlySet<string>): void => {
    if (one.kind === 'variable') {
      if (!bound.has(one.name) && !found.has(one.name)) found.set(one.name, one.at);
    } else if (one.kind === 'function') {
      for (const { patterns, body } of one.clauses) walk(body, new Set([...bound, ...patterns.flatMap(namesIn)]));
    } else if (one.kind === 'match') walk(one.of, bound);
    else for (const part of partsOf(one)) walk(part, bound);
  };
  walk(expr, new Set());
  return [...found].map(([name, at]) => ({ name, at }));
}

/** The names that a pattern binds. */
function namesIn(pattern: Expr): string[] {
  return pattern.kind === 'variable' ? [pattern.name] : partsOf(pattern).flatMap(namesIn);
}
