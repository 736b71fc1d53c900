/** Short texts of terms, functions and pids, as the language of the node writes them. */
import { elixirAtom, erlangAtom, printTerm, type Term } from '../term/index.js';
import type { FunctionInfo, ProcessInfo } from '../recording/index.js';

export type Syntax = 'elixir' | 'erlang';

const LONGEST = 1_000;

export const leafText = (term: Term, syntax: Syntax): string => printTerm(term, { syntax, maxLength: LONGEST });

/** The value in one line, at most `limit` characters. */
export function line(term: Term, syntax: Syntax, limit = 160): { text: string; cut?: true } {
  return shorten(printTerm(term, { syntax, maxLength: limit + 1 }), limit);
}

/** Cuts at a character, not inside one. */
export function shorten(text: string, limit: number): { text: string; cut?: true } {
  if (text.length <= limit) return { text };
  const code = text.charCodeAt(limit - 2);
  const end = code >= 0xd800 && code < 0xdc00 ? limit - 2 : limit - 1;
  return { text: `${text.slice(0, end)}…`, cut: true };
}

/** `Shop.Stock`, `:gen_server`, `gen_server`: the module as the language writes it. */
export function moduleText(module: string, syntax: Syntax): string {
  return syntax === 'elixir' ? elixirAtom(module) : erlangAtom(module);
}

export function functionText(fn: FunctionInfo, syntax: Syntax): string {
  const separator = syntax === 'elixir' ? '.' : ':';
  return `${moduleText(fn.module, syntax)}${separator}${fn.name}/${String(fn.arity)}`;
}

/** A registered name as people say it: `Shop.Stock`, `:kernel_sup`. */
export const nameText = (name: string, syntax: Syntax): string => moduleText(name, syntax);

export const pidText = (process: Pick<ProcessInfo, 'number' | 'serial'>): string =>
  `<0.${String(process.number)}.${String(process.serial)}>`;
