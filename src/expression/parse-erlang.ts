/** Erlang's expressions, by precedence, as `parse-elixir.ts` reads Elixir's. */
import { atom, binary, type Term } from '../term/index.js';
import { Cursor } from './cursor.js';
import type { Clause, Expr } from './expr.js';
import { UNARY } from './functions/index.js';
import type { Token } from './token.js';

/** Power, and what may bind more strongly on the right: one more where operators of the same strength go from left to right. */
const INFIX: Readonly<Record<string, readonly [power: number, right: number]>> = {
  orelse: [10, 10],
  andalso: [20, 20],
  '==': [30, 31], '/=': [30, 31], '=<': [30, 31], '<': [30, 31], '>=': [30, 31], '>': [30, 31], '=:=': [30, 31], '=/=': [30, 31],
  '++': [40, 40], '--': [40, 40],
  '+': [50, 51], '-': [50, 51], bor: [50, 51], bxor: [50, 51], bsl: [50, 51], bsr: [50, 51], or: [50, 51], xor: [50, 51],
  '*': [60, 61], '/': [60, 61], div: [60, 61], rem: [60, 61], band: [60, 61], and: [60, 61],
}; // prettier-ignore
const UNARY_POWER = 70;
const RENAMED: Readonly<Record<string, string>> = { '/=': '!=', '=<': '<=', '=:=': '===', '=/=': '!==' };

export const parseErlang = (text: string): Expr => {
  const cursor = Cursor.of(text, 'erlang');
  const expr = new ErlangParser(cursor).expression(0);
  cursor.end();
  return expr;
};

class ErlangParser {
  constructor(private readonly cursor: Cursor) {}

  expression(power: number): Expr {
    return this.cursor.climb(
      () => this.#postfix(this.#prefix()),
      (left) => this.#infix(left, power),
    );
  }

  #infix(first: Expr, power: number): Expr | undefined {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind !== 'mark') return undefined;
    if (token.text === '=') cursor.fail('= binds a name; compare with == or =:=');
    if (token.text === '!') cursor.fail('nothing can be sent here');
    if (!Object.hasOwn(INFIX, token.text)) return undefined;
    const [own, right] = INFIX[token.text]!;
    if (own < power) return undefined;
    cursor.next();
    const second = this.expression(right);
    if (token.text === 'andalso' || token.text === 'orelse') {
      cursor.part();
      return {
        kind: 'logic',
        op: token.text === 'andalso' ? 'and' : 'or',
        loose: false,
        left: first,
        right: second,
        at: token.at,
      };
    }
    return cursor.operator(RENAMED[token.text] ?? token.text, [first, second], token.at);
  }

  #prefix(): Expr {
    const { cursor } = this;
    const token = cursor.next();
    switch (token.kind) {
      case 'value':
        return literal(token.term, token.at);
      case 'name':
        return this.#named(token, token.name);
      case 'capital':
        return { kind: 'variable', name: token.name, at: token.at };
      case 'mark':
        return this.#marked(token, token.text);
      default:
        return cursor.fail('an expression was expected', token);
    }
  }

  #named(token: Token, name: string): Expr {
    const { cursor } = this;
    if (cursor.isMark(':')) {
      cursor.next();
      const fn = cursor.next();
      if (fn.kind !== 'name' || !cursor.take('(')) return cursor.fail('a call was expected', fn);
      return cursor.call(fn.name, this.#arguments(), fn, name);
    }
    if (cursor.take('(')) return cursor.call(name, this.#arguments(), token);
    return literal(atom(name), token.at);
  }

  #arguments(): Expr[] {
    const found: Expr[] = [];
    this.cursor.until(')', () => found.push(this.expression(0)));
    return found;
  }

  #marked(token: Token, mark: string): Expr {
    const { cursor } = this;
    const { at } = token;
    switch (mark) {
      case '(': {
        const inner = this.expression(0);
        cursor.expect(')');
        return inner;
      }
      case '-':
      case '+':
      case 'not':
      case 'bnot': {
        const of = this.expression(UNARY_POWER);
        if (mark === '-' && of.kind === 'literal' && of.value.kind === 'integer')
          return literal({ kind: 'integer', value: of.value.value === 0 ? 0 : -of.value.value }, at);
        return { kind: 'call', builtin: UNARY[mark]!, args: [of], at };
      }
      case '[':
        return this.#list(at);
      case '{': {
        const elements: Expr[] = [];
        cursor.until('}', () => elements.push(this.expression(0)));
        return { kind: 'tuple', elements, at };
      }
      case '#{':
        return this.#map(undefined, at);
      case '#':
        return cursor.fail('records are not known here: use element(N, Tuple)', token);
      case '<<':
        return this.#bytes(at);
      case 'fun':
        return this.#function(at);
      case '?':
        return cursor.fail('macros are not known here', token);
      default:
        if (/^[a-z]+$/.test(mark)) return cursor.fail(`${mark} is not known here`, token);
        return cursor.fail('an expression was expected', token);
    }
  }

  #postfix(of: Expr): Expr {
    const { cursor } = this;
    for (;;) {
      const token = cursor.peek();
      if (cursor.take('#{')) of = this.#map(of, token.at);
      else if (cursor.isMark('#')) cursor.fail('records are not known here: use element(N, Tuple)');
      else if (cursor.isMark('(') && of.kind !== 'literal') {
        cursor.next();
        of = { kind: 'apply', fn: of, args: this.#arguments(), at: token.at };
      } else return of;
      cursor.part();
    }
  }

  #list(at: number): Expr {
    const { cursor } = this;
    const elements: Expr[] = [];
    let tail: Expr | undefined;
    cursor.until(']', () => {
      if (tail !== undefined) cursor.fail('] was expected');
      elements.push(this.expression(0));
      if (cursor.isMark('||'))
        cursor.fail('list comprehensions are not known here: use lists:map(fun(X) -> … end, List)');
      if (cursor.take('|')) tail = this.expression(0);
    });
    return { kind: 'list', elements, tail, at };
  }

  #map(base: Expr | undefined, at: number): Expr {
    const { cursor } = this;
    const pairs: { key: Expr; value: Expr; update: boolean }[] = [];
    cursor.until('}', () => {
      const key = this.expression(0);
      const update = cursor.take(':=');
      if (!update) cursor.expect('=>');
      pairs.push({ key, value: this.expression(0), update });
    });
    return { kind: 'map', base, pairs, at };
  }

  /** `<<"text">>`, `<<"text"/utf8>>`, `<<1, 2>>`. */
  #bytes(at: number): Expr {
    const { cursor } = this;
    const parts: Expr[] = [];
    cursor.until('>>', () => {
      const part = this.expression(UNARY_POWER);
      const typed = cursor.take('/');
      if (typed) {
        const type = cursor.next();
        if (type.kind !== 'name' || type.name !== 'utf8' || part.kind !== 'literal') cursor.fail('of the types of binaries only utf8 is known here', type); // prettier-ignore
      } else if (cursor.isMark(':')) cursor.fail('sizes of the parts of a binary are not known here');
      const text = part.kind === 'literal' && part.value.kind === 'list' ? part.value : undefined;
      if (text === undefined) {
        parts.push(part);
        return;
      }
      const points = text.elements.map((each) => (each.kind === 'integer' ? Number(each.value) : 0));
      const value = typed ? binary(String.fromCodePoint(...points)) : binary(Uint8Array.from(points, (each) => each & 255)); // prettier-ignore
      parts.push(literal(value, part.at));
    });
    return { kind: 'bytes', parts, at };
  }

  #function(at: number): Expr {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind === 'name') {
      cursor.next();
      const fn = cursor.take(':') ? cursor.next() : token;
      cursor.expect('/');
      const number = cursor.next();
      if (fn.kind !== 'name' || number.kind !== 'value' || number.term.kind !== 'integer') return cursor.fail('name/arity was expected', fn); // prettier-ignore
      const arity = Number(number.term.value);
      const module = fn === token ? undefined : token.name;
      return { kind: 'reference', builtin: cursor.builtin(fn.name, arity, fn, module), arity, at };
    }
    const clauses: Clause[] = [];
    do {
      const patterns: Expr[] = [];
      cursor.expect('(');
      cursor.until(')', () => patterns.push(cursor.pattern(this.expression(0))));
      if (cursor.isMark('when')) cursor.fail('when is not known here');
      cursor.expect('->');
      clauses.push({ patterns, body: this.expression(0) });
    } while (cursor.take(';'));
    cursor.expect('end');
    const arity = clauses[0]!.patterns.length;
    if (clauses.some(({ patterns }) => patterns.length !== arity)) cursor.fail('all clauses take as many arguments');
    return { kind: 'function', arity, clauses, at };
  }
}

const literal = (value: Term, at: number): Expr => ({ kind: 'literal', value, at });
