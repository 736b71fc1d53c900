/**
 * Terms as the JSON one would write by hand, for `->>` and `json_extract`. It loses what JSON has not: atoms and strings look alike, so do
 * tuples and lists. `termToJson` is the one that loses nothing.
 *
 *     %{count: 1, items: [{:a, "b"}], pid: #PID<0.1.0>}      {"count":1,"items":[["a","b"]],"pid":"#PID<0.1.0>"}
 *
 * Keys that are no atom, string or integer are written as Elixir (or Erlang) text. What is missing stands as `{"$cut": …}`, and a collection
 * that was cut has `{"$more": n}` (or `true` where nobody knows how many) as its last element, a map a key `$more`.
 */
import { printTerm, type Term } from '../term/index.js';

export function plainJson(term: Term, syntax: 'elixir' | 'erlang'): string {
  const parts: string[] = [];
  write(term, syntax, parts);
  return parts.join('');
}

function write(term: Term, syntax: 'elixir' | 'erlang', out: string[]): void {
  switch (term.kind) {
    case 'integer':
      out.push(String(term.value));
      return;
    case 'float':
      out.push(Number.isFinite(term.value) ? JSON.stringify(term.value) : `"${term.value}"`);
      return;
    case 'atom':
      if (term.name === 'true' || term.name === 'false') out.push(term.name);
      else if (term.name === 'nil' || term.name === 'undefined') out.push('null');
      else out.push(JSON.stringify(atomText(term.name)));
      return;
    case 'tuple':
      return sequence(term.elements, more(term.size - term.elements.length), syntax, out);
    case 'list': {
      const elements = term.tail === undefined ? term.elements : [...term.elements, term.tail];
      return sequence(elements, term.more === true ? 'true' : undefined, syntax, out);
    }
    case 'map': {
      out.push('{');
      term.entries.forEach(([key, value], i) => {
        out.push(i === 0 ? '' : ',', JSON.stringify(keyText(key, syntax)), ':');
        write(value, syntax, out);
      });
      const missing = more(term.size - term.entries.length);
      if (missing !== undefined) out.push(term.entries.length === 0 ? '' : ',', `"$more":${missing}`);
      out.push('}');
      return;
    }
    case 'binary': {
      const text = utf8(term);
      out.push(JSON.stringify(text ?? printTerm(term, { syntax })));
      return;
    }
    case 'cut':
      out.push(`{"$cut":${JSON.stringify(term.why)}}`);
      return;
    case 'redacted':
      out.push('{"$cut":"redacted"}');
      return;
    default:
      out.push(JSON.stringify(printTerm(term, { syntax })));
  }
}

function sequence(
  elements: readonly Term[],
  missing: string | undefined,
  syntax: 'elixir' | 'erlang',
  out: string[],
): void {
  out.push('[');
  elements.forEach((element, i) => {
    if (i > 0) out.push(',');
    write(element, syntax, out);
  });
  if (missing !== undefined) out.push(elements.length === 0 ? '' : ',', `{"$more":${missing}}`);
  out.push(']');
}

const more = (count: number): string | undefined => (count > 0 ? String(count) : undefined);

/** As it is, but for modules of Elixir: `Shop.Stock`. */
const atomText = (name: string): string => (name.startsWith('Elixir.') ? name.slice(7) : name);

function keyText(key: Term, syntax: 'elixir' | 'erlang'): string {
  if (key.kind === 'atom') return atomText(key.name);
  if (key.kind === 'binary') return utf8(key) ?? printTerm(key, { syntax });
  return printTerm(key, { syntax });
}

/** Text of a whole binary; undefined for other bytes, and for what was cut, which prints with its true size. */
function utf8(term: { bytes: Uint8Array; size: number }): string | undefined {
  if (term.size > term.bytes.length) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(term.bytes);
  } catch {
    return undefined;
  }
}
