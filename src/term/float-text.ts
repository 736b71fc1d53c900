/** Floats as Erlang and Elixir print them: the shortest digits that read back as the same number. */

/** As `io_lib:format("~p")` and `float_to_binary(F, [short])`: the shorter of decimal and scientific, scientific from 2^53. */
export function erlangFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const { sign, digits, point } = shortest(value);
  return sign + (Math.abs(value) >= 2 ** 53 ? scientific(digits, point) : shorter(digits, point));
}

/** As `inspect/1`: decimal from 1.0 up to 1.0e16, otherwise as Erlang. */
export function elixirFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude < 1 || magnitude >= 1e16) return erlangFloat(value);
  const { sign, digits, point } = shortest(value);
  return sign + decimal(digits, point);
}

/** The digits d and the point p of 0.d × 10^p. */
function shortest(value: number): { sign: string; digits: string; point: number } {
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return { sign: value < 0 ? '-' : '', digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

function shorter(digits: string, point: number): string {
  if (point > 0 && point < digits.length) return decimal(digits, point);
  const cost = String(point - 1).length + 1 + (digits.length === 1 ? 2 : 1);
  const zeros = point <= 0 ? 2 - point : point - digits.length + 2;
  return point === 0 || zeros <= cost ? decimal(digits, point) : scientific(digits, point);
}

function decimal(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${digits}${'0'.repeat(point - digits.length)}.0`;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

function scientific(digits: string, point: number): string {
  return `${digits[0]}.${digits.slice(1) || '0'}e${point - 1}`;
}
