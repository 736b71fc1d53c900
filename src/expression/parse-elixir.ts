/** Elixir's expressions, by precedence (Pratt, "Top down operator precedence", 1973). Only those that do nothing but compute. */
import { atom, tuple, type Term } from '../term/index.js';
import { Cursor } from './cursor.js';
import type { Clause, Expr } from './expr.js';
import { access, rangeFrom, UNARY } from './functions/index.js';
import type { Token } from './token.js';

interface Infix {
  /** How strongly it binds, and what may bind more strongly on its right. */
  readonly power: number;
  readonly right: number;
}
const left = (power: number): Infix => ({ power, right: power + 1 });
const right = (power: number): Infix => ({ power, right: power });

const INFIX: Readonly<Record<string, Infix>> = {
  '||': left(30), or: left(30), '|||': left(30),
  '&&': left(40), and: left(40), '&&&': left(40),
  '==': left(50), '!=': left(50), '=~': left(50), '===': left(50), '!==': left(50),
  '<': left(60), '<=': left(60), '>': left(60), '>=': left(60),
  '|>': left(70), '<<<': left(70), '>>>': left(70),
  in: left(80), not: left(80),
  '++': right(90), '--': right(90), '<>': right(90), '..': right(90),
  '+': left(100), '-': left(100),
  '*': left(110), '/': left(110),
  '**': left(120),
}; // prettier-ignore
const UNARY_POWER = 130;
const CAPTURE_POWER = 20;
const RENAMED: Readonly<Record<string, string>> = { '&&&': 'band', '|||': 'bor', '<<<': 'bsl', '>>>': 'bsr' };

interface Arguments {
  list: Expr[];
  keywords: { name: string; value: Expr; at: number }[];
}

export const parseElixir = (text: string): Expr => {
  const cursor = Cursor.of(text, 'elixir');
  const expr = new ElixirParser(cursor).expression(0);
  cursor.end();
  return expr;
};

class ElixirParser {
  /** Arguments that the capture under way takes; undefined: none is. */
  #captured: number | undefined;
  #inPattern = false;

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
    if (token.text === '=') cursor.fail('= binds a name; compare with ==');
    const infix = INFIX[token.text];
    if (infix === undefined || infix.power < power || !Object.hasOwn(INFIX, token.text)) return undefined;
    if (token.text === 'not' && !cursor.isMark('in', 1)) return undefined;
    cursor.next();
    if (token.text === '|>') return this.#postfix(this.#piped(first));
    if (token.text === 'not') {
      cursor.next();
      return cursor.operator('not in', [first, this.expression(infix.right)], token.at);
    }
    const second = this.expression(infix.right);
    switch (token.text) {
      case 'and':
      case '&&':
        cursor.part();
        return { kind: 'logic', op: 'and', loose: token.text === '&&', left: first, right: second, at: token.at };
      case 'or':
      case '||':
        cursor.part();
        return { kind: 'logic', op: 'or', loose: token.text === '||', left: first, right: second, at: token.at };
      case '..': {
        if (!cursor.take('//')) return cursor.operator('..', [first, second], token.at);
        const step = this.expression(infix.right);
        return { kind: 'call', builtin: (run, a, b, c) => rangeFrom(run, a!, b!, c!), args: [first, second, step], at: token.at }; // prettier-ignore
      }
      default:
        return cursor.operator(RENAMED[token.text] ?? token.text, [first, second], token.at);
    }
  }

  #prefix(): Expr {
    const { cursor } = this;
    const token = cursor.next();
    switch (token.kind) {
      case 'value':
        return { kind: 'literal', value: token.term, at: token.at };
      case 'text':
        return {
          kind: 'text',
          list: token.list,
          at: token.at,
          parts: token.parts.map((part) => (typeof part === 'string' ? part : this.#inside(part))),
        };
      case 'name':
        return this.#named(token, token.name);
      case 'capital':
        return { kind: 'literal', value: atom(`Elixir.${token.name}`), at: token.at };
      case 'key':
        return cursor.fail(`${token.name}: stands here without the brackets of a list or map`, token);
      case 'end':
        return cursor.fail('an expression was expected', token);
      case 'mark':
        return this.#marked(token, token.text);
    }
  }

  /** The value within a text. */
  #inside(tokens: readonly Token[]): Expr {
    const cursor = this.cursor.inside(tokens);
    const parser = new ElixirParser(cursor);
    parser.#captured = this.#captured;
    const expr = parser.expression(0);
    cursor.end();
    this.#captured = parser.#captured;
    return expr;
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
      case '+': {
        const of = this.expression(UNARY_POWER);
        if (mark === '-' && of.kind === 'literal' && of.value.kind === 'integer')
          return { kind: 'literal', value: { kind: 'integer', value: of.value.value === 0 ? 0 : -of.value.value }, at };
        return { kind: 'call', builtin: UNARY[mark]!, args: [of], at };
      }
      case 'not':
      case '!': {
        const of = this.expression(UNARY_POWER);
        const builtin = UNARY[mark]!;
        // `not a in b` is `not (a in b)`.
        if (!cursor.take('in')) return { kind: 'call', builtin, args: [of], at };
        return { kind: 'call', builtin, args: [cursor.operator('in', [of, this.expression(81)], at)], at };
      }
      case '[':
        return this.#list(at);
      case '{': {
        const elements: Expr[] = [];
        cursor.until('}', () => elements.push(this.expression(0)));
        return { kind: 'tuple', elements, at };
      }
      case '%{':
        return this.#map(at);
      case '%':
        return this.#struct(token);
      case '<<': {
        const parts: Expr[] = [];
        cursor.until('>>', () => {
          parts.push(this.expression(0));
          if (cursor.isMark('::')) cursor.fail('types of the parts of a binary are not known here');
        });
        return { kind: 'bytes', parts, at };
      }
      case '&':
        return this.#capture(at);
      case 'fn':
        return this.#function(at);
      case '@':
        return cursor.fail('attributes of a module are not known here', token);
      case '^':
        return cursor.fail('^ is not known here: compare with ==', token);
      default:
        return cursor.fail('an expression was expected', token);
    }
  }

  #postfix(of: Expr): Expr {
    const { cursor } = this;
    for (;;) {
      const token = cursor.peek();
      if (token.kind !== 'mark') return of;
      if (token.text === '[' && !token.spaced) {
        cursor.next();
        cursor.part();
        const key = this.expression(0);
        cursor.expect(']');
        of = { kind: 'call', builtin: (run, a, b) => access(run, a!, b!), args: [of, key], at: token.at };
      } else if (token.text === '.') {
        cursor.next();
        cursor.part();
        of = this.#dotted(of);
      } else return of;
    }
  }

  /** What follows a dot: a field, a function of a module, the call of a function that is a value. */
  #dotted(of: Expr): Expr {
    const { cursor } = this;
    const token = cursor.next();
    if (token.kind === 'mark' && token.text === '(') {
      const { list: args } = this.#arguments(')');
      return { kind: 'apply', fn: of, args, at: token.at };
    }
    const name =
      token.kind === 'name'
        ? token.name
        : token.kind === 'mark' && /^[a-z]+$/.test(token.text)
          ? token.text
          : undefined;
    if (name === undefined || name.startsWith('&'))
      return cursor.fail('the name of a field or function was expected', token);
    const module = of.kind === 'literal' && of.value.kind === 'atom' ? of.value.name : undefined;
    if (cursor.isMark('(') && !cursor.peek().spaced) {
      if (module === undefined)
        return cursor.fail(`.${name}(…) calls a function of a module, which ${name} is not taken from`, token);
      cursor.next();
      const { list: args } = this.#arguments(')');
      return cursor.call(name, args, token, module);
    }
    if (module !== undefined) {
      if (this.#arityFollows()) return this.#reference(name, token, module);
      return cursor.fail(`write ${name}() to call a function`, token);
    }
    return { kind: 'field', of, name, at: token.at };
  }

  #named(token: Token, name: string): Expr {
    const { cursor } = this;
    if (name.startsWith('&')) {
      if (this.#captured === undefined) return cursor.fail(`${name} stands inside of &(…)`, token);
      this.#captured = Math.max(this.#captured, Number(name.slice(1)));
      return { kind: 'variable', name, at: token.at };
    }
    const next = cursor.peek();
    const called = next.kind === 'mark' && next.text === '(' && !next.spaced;
    if (name === 'match?' && called) return this.#match(token);
    if (called) {
      cursor.next();
      return this.#call(token, name, this.#arguments(')'));
    }
    if (this.#arityFollows() && this.#captured !== undefined) return this.#reference(name, token);
    if (next.spaced && startsOperand(next)) return this.#call(token, name, this.#arguments(undefined));
    return { kind: 'variable', name, at: token.at };
  }

  #call(token: Token, name: string, { list: args, keywords }: Arguments): Expr {
    const { cursor } = this;
    if (name === 'if' || name === 'unless') {
      const part = (key: string): Expr | undefined => keywords.find((each) => each.name === key)?.value;
      const [condition] = args;
      const then = part('do');
      if (args.length !== 1 || condition === undefined || then === undefined)
        return cursor.fail(`${name} is written ${name}(condition, do: a, else: b) here`, token);
      const otherwise = part('else');
      const nothing: Expr = { kind: 'literal', value: atom('nil'), at: token.at };
      return name === 'if'
        ? { kind: 'if', condition, then, otherwise, at: token.at }
        : { kind: 'if', condition, then: otherwise ?? nothing, otherwise: then, at: token.at };
    }
    if (['case', 'cond', 'for', 'with', 'try', 'receive', 'quote'].includes(name))
      return cursor.fail(`${name} is not known here`, token);
    return cursor.call(name, withKeywords(args, keywords), token);
  }

  /** Up to the bracket; without one as far as commas lead. */
  #arguments(close: ')' | undefined): Arguments {
    const { cursor } = this;
    const found: Arguments = { list: [], keywords: [] };
    const one = (): void => {
      const token = cursor.peek();
      if (token.kind === 'key') {
        cursor.next();
        found.keywords.push({ name: token.name, value: this.expression(0), at: token.at });
      } else if (found.keywords.length > 0) cursor.fail('a key was expected');
      else found.list.push(this.expression(0));
    };
    if (close !== undefined) cursor.until(close, one);
    else
      do {
        cursor.part();
        one();
      } while (cursor.take(','));
    return found;
  }

  /** What stands on the right of `|>`. */
  #piped(first: Expr): Expr {
    const { cursor } = this;
    const token = cursor.next();
    let module: string | undefined;
    let named = token;
    if (token.kind === 'capital' || (token.kind === 'value' && token.term.kind === 'atom')) {
      module = token.kind === 'capital' ? `Elixir.${token.name}` : token.term.kind === 'atom' ? token.term.name : '';
      cursor.expect('.');
      named = cursor.next();
    }
    if (named.kind !== 'name' || !cursor.isMark('(')) return cursor.fail('a call was expected after |>', named);
    cursor.next();
    cursor.part();
    const { list: args, keywords } = this.#arguments(')');
    return cursor.call(named.name, withKeywords([first, ...args], keywords), named, module);
  }

  #list(at: number): Expr {
    const { cursor } = this;
    const elements: Expr[] = [];
    let tail: Expr | undefined;
    cursor.until(']', () => {
      if (tail !== undefined) cursor.fail('] was expected');
      const token = cursor.peek();
      if (token.kind === 'key') {
        cursor.next();
        elements.push(pair(token.name, this.expression(0), token.at));
        return;
      }
      elements.push(this.expression(0));
      if (cursor.take('|')) tail = this.expression(0);
    });
    return { kind: 'list', elements, tail, at };
  }

  #map(at: number): Expr {
    const { cursor } = this;
    interface Pair {
      key: Expr;
      value: Expr;
      update: boolean;
    }
    const pairs: Pair[] = [];
    let base: Expr | undefined;
    cursor.until('}', () => {
      const token = cursor.peek();
      if (token.kind === 'key') {
        cursor.next();
        pairs.push({ key: literal(atom(token.name), token.at), value: this.expression(0), update: base !== undefined });
        return;
      }
      let key = this.expression(0);
      if (pairs.length === 0 && base === undefined && cursor.take('|')) {
        base = key;
        const first = cursor.peek();
        if (first.kind === 'key') {
          cursor.next();
          pairs.push({ key: literal(atom(first.name), first.at), value: this.expression(0), update: true });
          return;
        }
        key = this.expression(0);
      }
      cursor.expect('=>');
      pairs.push({ key, value: this.expression(0), update: base !== undefined });
    });
    return { kind: 'map', base, pairs, at };
  }

  #struct(token: Token): Expr {
    const { cursor } = this;
    const name = cursor.next();
    if (name.kind !== 'capital') return cursor.fail('the name of a struct was expected', name);
    if (!this.#inPattern)
      return cursor.fail(
        'a struct cannot be made here, as its fields are not known: use match?(%Name{…}, value)',
        name,
      );
    cursor.expect('{');
    const fields = this.#map(token.at);
    if (fields.kind !== 'map' || fields.base !== undefined) return cursor.fail('fields were expected', name);
    const struct = { key: literal(atom('__struct__'), token.at), value: literal(atom(`Elixir.${name.name}`), name.at), update: false }; // prettier-ignore
    return { ...fields, pairs: [struct, ...fields.pairs] };
  }

  #match(token: Token): Expr {
    const { cursor } = this;
    cursor.next();
    const pattern = this.#pattern();
    cursor.expect(',');
    const of = this.expression(0);
    cursor.expect(')');
    return { kind: 'match', pattern, of, at: token.at };
  }

  #pattern(): Expr {
    const before = this.#inPattern;
    this.#inPattern = true;
    const found = this.cursor.pattern(this.expression(0));
    this.#inPattern = before;
    return found;
  }

  #capture(at: number): Expr {
    const { cursor } = this;
    if (this.#captured !== undefined) cursor.fail('captures with & do not stand inside each other: use fn');
    this.#captured = 0;
    const body = this.expression(CAPTURE_POWER);
    const arity = this.#captured;
    this.#captured = undefined;
    if (body.kind === 'reference') return body;
    if (arity === 0) return cursor.fail('&1 or name/1 was expected after &');
    const patterns = Array.from({ length: arity }, (_, i): Expr => ({
      kind: 'variable',
      name: `&${String(i + 1)}`,
      at,
    }));
    return { kind: 'function', arity, clauses: [{ patterns, body }], at };
  }

  /** `/2` after the name of a function. */
  #arityFollows(): boolean {
    const number = this.cursor.peek(1);
    return this.cursor.isMark('/') && number.kind === 'value' && number.term.kind === 'integer' && !number.spaced;
  }

  #reference(name: string, token: Token, module?: string): Expr {
    this.cursor.next();
    const number = this.cursor.next();
    const arity = number.kind === 'value' && number.term.kind === 'integer' ? Number(number.term.value) : 0;
    return { kind: 'reference', builtin: this.cursor.builtin(name, arity, token, module), arity, at: token.at };
  }

  #function(at: number): Expr {
    const { cursor } = this;
    const clauses: Clause[] = [];
    do {
      const patterns: Expr[] = [];
      const bracket = cursor.take('(');
      const close = bracket ? ')' : '->';
      if (!cursor.isMark(close))
        do {
          cursor.part();
          patterns.push(this.#pattern());
        } while (cursor.take(','));
      if (bracket) cursor.expect(')');
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

const pair = (name: string, value: Expr, at: number): Expr =>
  value.kind === 'literal'
    ? literal(tuple(atom(name), value.value), at)
    : { kind: 'tuple', elements: [literal(atom(name), at), value], at };

function withKeywords(args: Expr[], keywords: Arguments['keywords']): Expr[] {
  if (keywords.length === 0) return args;
  const elements = keywords.map(({ name, value, at }) => pair(name, value, at));
  return [...args, { kind: 'list', elements, tail: undefined, at: keywords[0]!.at }];
}

/** Whether a call without brackets can go on with this: what could be an operator as well does not count. */
function startsOperand(token: Token): boolean {
  if (token.kind === 'mark') return ['%{', '{', '%', '[', 'fn', '&', '<<'].includes(token.text);
  return token.kind !== 'end';
}
