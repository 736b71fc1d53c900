import type { Expr } from './expr.js';
import type { Syntax } from './lexer.js';
import { parseElixir } from './parse-elixir.js';
import { parseErlang } from './parse-erlang.js';

export { ExpressionError } from './error.js';
export { variablesOf, type Expr } from './expr.js';
export { evaluate, type EvaluateOptions, type Outcome } from './evaluate.js';
export { functionNames } from './functions/index.js';
export { MAX_TEXT, type Syntax } from './lexer.js';

/** Reads an expression of Elixir or Erlang. Throws an ExpressionError that says what is wrong with it, and where. */
export const parseExpression = (text: string, syntax: Syntax): Expr =>
  syntax === 'elixir' ? parseElixir(text) : parseErlang(text);
