/** Numbers as Erlang has them: integers without a limit, floats without infinity. */
import { float, int, type Term } from '../term/index.js';
import { MAX_BITS, type Run, type Value } from './run.js';

type Whole = number | bigint;

const bad = (run: Run): never => run.raise('ArithmeticError: bad argument in arithmetic expression');

/** An integer of any size, as the smallest of JavaScript's kinds that holds it. */
export function integer(run: Run, value: Value): Whole {
  const term = run.known(value);
  return term.kind === 'integer' ? term.value : bad(run);
}

/** An integer that counts or points at something. */
export function small(run: Run, value: Value): number {
  const term = run.known(value);
  if (term.kind !== 'integer') return run.badArgument('an integer is needed here');
  return typeof term.value === 'number' ? term.value : term.value > 0n ? Infinity : -Infinity;
}

function number(run: Run, value: Value): Term & { kind: 'integer' | 'float' } {
  const term = run.known(value);
  return term.kind === 'integer' || term.kind === 'float' ? term : bad(run);
}

const isSafe = (value: number): boolean => Number.isSafeInteger(value);
const bits = (value: Whole): number =>
  typeof value === 'number' ? 53 : (value < 0n ? -value : value).toString(16).length * 4;

function whole(run: Run, value: bigint): Term {
  if (bits(value) > MAX_BITS) run.unknown('the number is too large to compute here');
  return int(value);
}

function finite(run: Run, value: number): Term {
  return Number.isFinite(value) ? float(value) : bad(run);
}

/** As a float; an integer that no float comes near is refused, as Erlang does. */
function toFloat(run: Run, term: Term & { kind: 'integer' | 'float' }): number {
  const value = Number(term.value);
  return Number.isFinite(value) ? value : bad(run);
}

type Operation = (run: Run, a: Value, b: Value) => Term;

const arithmetic =
  (fast: (a: number, b: number) => number, exact: (a: bigint, b: bigint) => bigint): Operation =>
  (run, left, right) => {
    const [a, b] = [number(run, left), number(run, right)];
    if (a.kind === 'float' || b.kind === 'float') return finite(run, fast(toFloat(run, a), toFloat(run, b)));
    if (typeof a.value === 'number' && typeof b.value === 'number') {
      const value = fast(a.value, b.value);
      if (isSafe(value)) return int(value);
    }
    run.spend((bits(a.value) + bits(b.value)) >> 8);
    return whole(run, exact(BigInt(a.value), BigInt(b.value)));
  };

export const add = arithmetic((a, b) => a + b, (a, b) => a + b); // prettier-ignore
export const subtract = arithmetic((a, b) => a - b, (a, b) => a - b); // prettier-ignore
export const multiply: Operation = (run, left, right) => {
  const [a, b] = [number(run, left), number(run, right)];
  if (a.kind === 'integer' && b.kind === 'integer' && bits(a.value) + bits(b.value) > MAX_BITS + 64)
    run.unknown('the number is too large to compute here');
  return product(run, a, b);
};
const product = arithmetic((a, b) => a * b, (a, b) => a * b); // prettier-ignore

export const divide: Operation = (run, left, right) => {
  const [a, b] = [number(run, left), number(run, right)];
  const by = toFloat(run, b);
  return by === 0 ? bad(run) : finite(run, toFloat(run, a) / by);
};

const whole2 =
  (exact: (a: bigint, b: bigint) => bigint): Operation =>
  (run, left, right) => {
    const [a, b] = [integer(run, left), integer(run, right)];
    if (BigInt(b) === 0n) return bad(run);
    return whole(run, exact(BigInt(a), BigInt(b)));
  };

/** Towards zero. */
export const div = whole2((a, b) => a / b);
export const rem = whole2((a, b) => a % b);
/** Towards negative infinity. */
export const floorDiv = whole2((a, b) => (a % b !== 0n && a < 0n !== b < 0n ? a / b - 1n : a / b));
export const mod = whole2((a, b) => (a % b !== 0n && a < 0n !== b < 0n ? (a % b) + b : a % b));

export const power: Operation = (run, left, right) => {
  const [a, b] = [number(run, left), number(run, right)];
  if (a.kind === 'float' || b.kind === 'float') return finite(run, toFloat(run, a) ** toFloat(run, b));
  const [base, exponent] = [BigInt(a.value), BigInt(b.value)];
  // `Integer.pow/2` refuses this, `**` is `:math.pow/2` then.
  if (exponent < 0n) return base === 0n ? bad(run) : finite(run, toFloat(run, a) ** Number(exponent));
  const trivial = base === 0n || base === 1n || base === -1n;
  if (!trivial && exponent > BigInt(MAX_BITS)) run.unknown('the number is too large to compute here');
  const width = (base < 0n ? -base : base).toString(2).length;
  if (!trivial && (width - 1) * Number(exponent) > MAX_BITS) run.unknown('the number is too large to compute here');
  run.spend(1_000);
  return trivial ? whole(run, base ** (base === -1n ? exponent % 2n : exponent === 0n ? 0n : 1n)) : whole(run, base ** exponent); // prettier-ignore
};

const bitwise =
  (exact: (a: bigint, b: bigint) => bigint): Operation =>
  (run, left, right) =>
    whole(run, exact(BigInt(integer(run, left)), BigInt(integer(run, right))));
export const band = bitwise((a, b) => a & b);
export const bor = bitwise((a, b) => a | b);
export const bxor = bitwise((a, b) => a ^ b);

export const shiftLeft: Operation = (run, left, right) => {
  const [value, by] = [BigInt(integer(run, left)), integer(run, right)];
  if (by > MAX_BITS && value !== 0n) run.unknown('the number is too large to compute here');
  if (value === 0n) return int(0);
  if (by < -MAX_BITS * 2) return int(value < 0n ? -1 : 0);
  return whole(run, value << BigInt(by));
};
export const shiftRight: Operation = (run, left, right) =>
  shiftLeft(run, left, subtract(run, int(0), int(integer(run, right))));

export const negate = (run: Run, value: Value): Term => {
  const term = number(run, value);
  return term.kind === 'float' ? float(-term.value) : subtract(run, int(0), term);
};
export const plus = (run: Run, value: Value): Term => number(run, value);

export const abs = (run: Run, value: Value): Term => {
  const term = number(run, value);
  if (term.kind === 'float') return float(Math.abs(term.value));
  return int(typeof term.value === 'number' ? Math.abs(term.value) : term.value < 0n ? -term.value : term.value);
};

const rounding =
  (round: (value: number) => number) =>
  (run: Run, value: Value): Term => {
    const term = run.known(value);
    if (term.kind === 'integer') return term;
    return term.kind === 'float' ? int(BigInt(round(term.value))) : run.badArgument('a number is needed here');
  };
export const trunc = rounding(Math.trunc);
export const floor = rounding(Math.floor);
export const ceil = rounding(Math.ceil);
/** Halves away from zero. The float just below a half is not one. */
export const round = rounding((value) => {
  const low = Math.floor(Math.abs(value));
  return Math.sign(value) * (Math.abs(value) - low >= 0.5 ? low + 1 : low);
});

export const asFloat = (run: Run, value: Value): Term => float(toFloat(run, number(run, value)));
