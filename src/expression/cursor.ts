/** Goes through tokens, and makes calls of what it reads. What both parsers share. */
import { ExpressionError } from './error.js';
import type { Expr } from './expr.js';
import { functionNames, localFunction, OPERATORS, remoteFunction } from './functions/index.js';
import { tokensOf, type Syntax } from './lexer.js';
import type { Builtin } from './run.js';
import type { Token } from './token.js';

const MAX_NESTING = 100;
/** Operators, brackets and commas: what a person writes has few of them, and each may lie inside the one before. */
const MAX_PARTS = 500;

export class Cursor {
  private index = 0;
  private nesting = 0;
  private parts = 0;

  constructor(
    private readonly tokens: readonly Token[],
    readonly syntax: Syntax,
  ) {}

  static of(text: string, syntax: Syntax): Cursor {
    return new Cursor(tokensOf(text, syntax), syntax);
  }

  /** Over the tokens of a value within a text: it nests in this one. */
  inside(tokens: readonly Token[]): Cursor {
    const cursor = new Cursor(tokens, this.syntax);
    cursor.nesting = this.nesting;
    cursor.parts = this.parts;
    return cursor;
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)]!;
  }
  next(): Token {
    const token = this.peek();
    if (this.index < this.tokens.length - 1) this.index++;
    return token;
  }
  isMark(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'mark' && token.text === text;
  }
  take(text: string): boolean {
    if (!this.isMark(text)) return false;
    this.next();
    return true;
  }
  expect(text: string): void {
    if (!this.take(text)) this.fail(`${text} was expected`);
  }
  end(): void {
    if (this.peek().kind !== 'end') this.fail('an operator or the end was expected');
  }
  /** About a token: the one that comes next where none is given. */
  fail(message: string, token: Token = this.peek()): never {
    const what = token.kind === 'end' ? `${message}, but the text ends` : message;
    throw new ExpressionError(what, token.at, Math.max(1, token.end - token.at));
  }

  /** An operand, and as many operators after it as `more` takes: each gets what stands to its left, and gives the whole or nothing. */
  climb(first: () => Expr, more: (left: Expr) => Expr | undefined): Expr {
    return this.nested(() => {
      let found = first();
      for (;;) {
        const next = more(found);
        if (next === undefined) return found;
        found = next;
      }
    });
  }

  /** Counts what makes expressions deep. */
  part(): void {
    if (++this.parts > MAX_PARTS) this.fail('the expression has too many parts');
  }
  nested<T>(read: () => T): T {
    if (++this.nesting > MAX_NESTING) this.fail('nested too deeply');
    const found = read();
    this.nesting--;
    return found;
  }

  /** Elements up to a closing bracket. */
  until(close: string, read: () => void): void {
    if (this.take(close)) return;
    for (;;) {
      this.part();
      read();
      if (this.take(close)) return;
      if (!this.take(',')) this.fail(`, or ${close} was expected`);
    }
  }

  operator(name: string, args: readonly Expr[], at: number): Expr {
    this.part();
    return { kind: 'call', builtin: OPERATORS[name]!, args, at };
  }

  call(name: string, args: readonly Expr[], token: Token, module?: string): Expr {
    return { kind: 'call', builtin: this.builtin(name, args.length, token, module), args, at: token.at };
  }

  builtin(name: string, arity: number, token: Token, module?: string): Builtin {
    const found = module === undefined ? localFunction(this.syntax, name, arity) : remoteFunction(module, name, arity);
    if (found !== undefined) return found;
    const full =
      module === undefined
        ? name
        : module.startsWith('Elixir.')
          ? `${module.slice(7)}.${name}`
          : this.syntax === 'elixir'
            ? `:${module}.${name}`
            : `${module}:${name}`;
    const arities = functionNames(module === undefined || module.startsWith('Elixir.') ? 'elixir' : 'erlang')
      .filter((each) => each.startsWith(`${full.replace(/^:(\w+)\./, '$1:')}/`))
      .map((each) => each.slice(each.lastIndexOf('/') + 1));
    if (arities.length > 0) return this.fail(`${full} takes ${arities.join(' or ')} arguments here, not ${String(arity)}`, token); // prettier-ignore
    return this.fail(
      `${full}/${String(arity)} is not known here: only functions that do nothing but compute are`,
      token,
    );
  }

  /** Throws where an expression is no pattern. */
  pattern(expr: Expr): Expr {
    switch (expr.kind) {
      case 'literal':
      case 'variable':
        return expr;
      case 'tuple':
        expr.elements.forEach((one) => this.pattern(one));
        return expr;
      case 'list':
        [...expr.elements, ...(expr.tail === undefined ? [] : [expr.tail])].forEach((one) => this.pattern(one));
        return expr;
      case 'map':
        if (expr.base === undefined && expr.pairs.every(({ key }) => key.kind === 'literal')) {
          expr.pairs.forEach(({ value }) => this.pattern(value));
          return expr;
        }
        break;
      default:
    }
    throw new ExpressionError('in a pattern only values, names, tuples, lists and maps are known here', expr.at);
  }
}
