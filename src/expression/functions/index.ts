/** Which functions there are, by the names of each language. */
import type { Builtin } from '../run.js';
import { ENUM } from './enums.js';
import { ERLANG, ERLANG_MODULES } from './erlang.js';
import { KERNEL, SHARED } from './kernel.js';
import { MAP } from './maps.js';
import { STRING } from './strings.js';

export { access, OPERATORS, rangeFrom, UNARY } from './kernel.js';
export { changed } from './maps.js';

const ELIXIR_MODULES: Readonly<Record<string, Builtin>> = { ...ENUM, ...MAP, ...STRING };
const ELIXIR_KERNEL: Readonly<Record<string, Builtin>> = { ...SHARED, ...KERNEL };
const ERLANG_KERNEL: Readonly<Record<string, Builtin>> = { ...SHARED, ...ERLANG };

const own = (table: Readonly<Record<string, Builtin>>, name: string): Builtin | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** A function without a module in front of it. */
export const localFunction = (syntax: 'elixir' | 'erlang', name: string, arity: number): Builtin | undefined =>
  own(syntax === 'elixir' ? ELIXIR_KERNEL : ERLANG_KERNEL, `${name}/${String(arity)}`);

/** A function of a module: `Elixir.Map` or `maps`. */
export function remoteFunction(module: string, name: string, arity: number): Builtin | undefined {
  const elixir = module.startsWith('Elixir.');
  if (module === 'Elixir.Kernel') return localFunction('elixir', name, arity);
  if (module === 'erlang') return localFunction('erlang', name, arity);
  const full = elixir ? `${module.slice(7)}.${name}/${String(arity)}` : `${module}:${name}/${String(arity)}`;
  return own(elixir ? ELIXIR_MODULES : ERLANG_MODULES, full);
}

/** `length/1`, `Map.get/2`: all that can be called, as the language writes it. */
export const functionNames = (syntax: 'elixir' | 'erlang'): string[] =>
  (syntax === 'elixir'
    ? [...Object.keys(ELIXIR_KERNEL), ...Object.keys(ELIXIR_MODULES)]
    : [...Object.keys(ERLANG_KERNEL), ...Object.keys(ERLANG_MODULES)]
  ).sort();
