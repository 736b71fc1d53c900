/** Which functions are recorded how deep: rules as a person writes them, as the probe takes them. */
import { DEPTHS, type Depth } from '../recording/index.js';

/**
 * The functions that a rule means. Globs (`*` any text, `?` one character): of a module as a person writes it (`Shop.Stock`, `Shop.*`,
 * `lists`: neither `Elixir.` nor a colon), of a function `*`, `name` or `name/arity`. Of several rules the last one wins.
 */
export interface DepthRule {
  module: string;
  fn: string;
  depth: Depth;
}

/** The program's own modules: those whose source file lies `below` and not in `notBelow` (absolute directories). */
export interface OwnCode {
  below: readonly string[];
  notBelow: readonly string[];
  depth: Depth;
}

/** What somebody wrote that is no rule; `message` is for a person. */
export class DepthError extends Error {
  override name = 'DepthError';
}

const MODULE = /^[\p{L}\p{N}_@*?-]([\p{L}\p{N}_@.*?-]*[\p{L}\p{N}_@*?-])?$/u;

/** `Shop.Stock.handle_call/3=lines`, `Shop.*=values`, `lists:reverse/1=count`. @throws DepthError */
export function parseDepthRule(text: string): DepthRule {
  const at = text.lastIndexOf('=');
  if (at < 0)
    throw new DepthError(`"${text}" names no depth: write MODULE[.FUNCTION[/ARITY]]=DEPTH, as in Shop.*=lines`);
  const depth = DEPTHS.find((known) => known === text.slice(at + 1).trim());
  if (!depth) throw new DepthError(`"${text.slice(at + 1)}" is no depth: choose from ${DEPTHS.join(', ')}`);
  return { ...parseFunctions(text.slice(0, at).trim()), depth };
}

/** The part before the `=`. @throws DepthError */
export function parseFunctions(text: string): { module: string; fn: string } {
  const { module, fn } = split(text.replace(/^:/, '').replace(/^Elixir\./, ''));
  const name = fn.replace(/^(["'])(.*)\1(\/[\d*?]+)?$/u, '$2$3');
  if (!MODULE.test(module) || name === '')
    throw new DepthError(`"${text}" names no function: write Shop.Stock, Shop.*, Shop.Stock.handle_call/3 or :lists`);
  return { module, fn: name };
}

/** As `parseFunctions` reads it. */
export const printFunctions = ({ module, fn }: Pick<DepthRule, 'module' | 'fn'>): string =>
  fn === '*' ? module : `${module}${isElixir(module) ? '.' : ':'}${fn}`;

export const printDepthRule = (rule: DepthRule): string => `${printFunctions(rule)}=${rule.depth}`;

const isElixir = (module: string): boolean => /^[\p{Lu}*?]/u.test(module);

/**
 * Where the module ends. Names of Elixir modules consist of parts that begin in upper case, so what begins otherwise is the function;
 * those of Erlang are a single part that does not.
 */
function split(text: string): { module: string; fn: string } {
  // lists:reverse/1
  const erlang = /^([^.:"']+):(.+)$/su.exec(text);
  if (erlang) return { module: erlang[1] as string, fn: erlang[2] as string };
  for (let dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot + 1)) {
    const module = text.slice(0, dot);
    const rest = text.slice(dot + 1);
    const isFunction = !isElixir(text) || !isElixir(rest) || /^[^./]+\/[\d*?]+$/u.test(rest);
    if (dot > 0 && isFunction) return { module, fn: rest };
  }
  return { module: text, fn: '*' };
}

/** Whether a rule means a function of a module, named as people write it. */
export function meansFunction(
  { module, fn }: Pick<DepthRule, 'module' | 'fn'>,
  of: string,
  name: string,
  arity: number,
): boolean {
  return (
    matchesGlob(module, of) &&
    (fn.includes('/') && fn !== '/'
      ? matchesGlob(fn, `${name}/${arity}`) || matchesGlob(fn, name)
      : matchesGlob(fn, name))
  );
}

/** Whether a glob means a module, given as an atom. */
export const matchesModule = (glob: string, module: string): boolean =>
  matchesGlob(glob.replace(/^(Elixir\.|:)/, ''), module.replace(/^Elixir\./, ''));

function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${pattern}$`, 'su').test(text);
}
