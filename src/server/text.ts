/** Short texts of terms, functions and pids, as the language of the node writes them. */
import { elixirAtom, erlangAtom, printTerm, type Term } from '../term/index.js';
import type { FunctionInfo, ProcessInfo } from '../recording/index.js';

export type Syntax = 'elixir' | 'erlang';

const LONGEST = 1_000;

export const leafText = (term: Term, syntax: Syntax): string =>
  visible(printTerm(term, { syntax, maxLength: LONGEST }));

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A program's text with what cannot be seen made seen: control characters as their pictures (`␛`), marks that turn the reading direction or
 * hide as `‹U+202E›`. So a name cannot pass for another, nor a copied line do anything in a terminal. Tabs and line ends stay.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const point = character.charCodeAt(0);
    if (point < 0x20) return String.fromCharCode(0x2400 + point);
    if (point === 0x7f) return '\u2421';
    return `‹U+${point.toString(16).toUpperCase().padStart(4, '0')}›`;
  });
}

/** The value in one line, at most `limit` characters. */
export function line(term: Term, syntax: Syntax, limit = 160): { text: string; cut?: true } {
  return shorten(visible(printTerm(term, { syntax, maxLength: limit + 1 })), limit);
}

/** `1, :b` of the arguments `[1, :b]`. Each for itself: the list of them is no text, though one of integers may look like it. */
export function argumentsLine(args: Term, syntax: Syntax, limit = 160): { text: string; cut?: true } {
  if (args.kind !== 'list' || args.tail !== undefined) return line(args, syntax, limit);
  const more = args.more === true ? ', …' : '';
  return shorten(`${args.elements.map((each) => line(each, syntax, limit).text).join(', ')}${more}`, limit);
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
  return visible(syntax === 'elixir' ? elixirAtom(module) : erlangAtom(module));
}

export function functionText(fn: FunctionInfo, syntax: Syntax): string {
  const separator = syntax === 'elixir' ? '.' : ':';
  return `${moduleText(fn.module, syntax)}${separator}${visible(fn.name)}/${String(fn.arity)}`;
}

/** A registered name as people say it: `Shop.Stock`, `:kernel_sup`. */
export const nameText = (name: string, syntax: Syntax): string => moduleText(name, syntax);

export const pidText = (process: Pick<ProcessInfo, 'number' | 'serial'>): string =>
  `<0.${String(process.number)}.${String(process.serial)}>`;
