/** Functions that tell nothing, or less than they would cost. */
import { functionKey, moduleName } from '../facts.js';
import { final, most, names, type Rule } from './reason.js';

/** A function of at most so many parts is small: about two short lines. */
const SMALL = 40;
/** One look into a record or struct. */
const TINY = 4;
/** Called from so many places it is a part of the language of this program. */
const MANY_PLACES = 8;

/** What compilers add, and what libraries ask modules for. */
const RESERVED = /^(__[a-z_]+__|MACRO-.*|behaviour_info|module_info|record_info|-.*)$/;

const macro: Rule = ({ fn }) =>
  fn.kind === 'macro' ? final('off', 'a macro: runs while the program is compiled') : undefined;

/** What Ecto writes into a repository is the last of one's own code on the way to the database. */
const REPOSITORY =
  /^(all|one|get|get_by|stream|aggregate|exists|reload|preload|insert|update|delete|insert_or_update|insert_all|update_all|delete_all|transaction|transact|rollback|query)[!?]?$/;

const repository: Rule = ({ fn }) =>
  fn.generatedBy === 'Elixir.Ecto.Repo' && REPOSITORY.test(fn.name)
    ? final('values', 'the door to the database')
    : undefined;

const generated: Rule = ({ fn }) => {
  if (RESERVED.test(fn.name)) return final('off', 'made by the compiler');
  if (fn.generatedBy === undefined) return undefined;
  return final('off', `made by a macro of ${moduleName(fn.generatedBy)}: nothing of it stands in the source`);
};

const constant: Rule = ({ fn, isCallback }) =>
  fn.constant && !isCallback ? final('count', 'always gives the same') : undefined;

const hotLeaf: Rule = (node) => {
  const { fn } = node;
  const isLeaf = node.calls.size === 0 && node.pure && fn.raises.length === 0 && fn.size <= SMALL;
  if (!isLeaf || node.isCallback) return undefined;
  if (node.hotPlaces > 0) return most('count', 'small, only computes, and called again and again by loops');
  if (node.places >= MANY_PLACES) return most('count', `small, only computes, and called from ${node.places} places`);
  return undefined;
};

/** `f(a, b \\ 1)` is `f/1` too. */
const defaults: Rule = ({ fn, module, isCallback }) => {
  const [only] = fn.calls;
  const isShort = fn.calls.length === 1 && only?.name === fn.name && [undefined, module.module].includes(only.module);
  if (!isShort || only.arity <= fn.arity || fn.size > SMALL || isCallback) return undefined;
  return most('count', `only fills in what ${functionKey(only.name, only.arity)} takes besides`);
};

/** What a record or struct has, by name. */
const accessor: Rule = (node) => {
  const { fn } = node;
  const isPlain = node.calls.size === 0 && node.pure && fn.raises.length === 0 && fn.size <= TINY && fn.clauses <= 2;
  if (!isPlain || fn.arity !== 1 || fn.constant || node.isCallback) return undefined;
  return most('count', 'only takes its argument apart');
};

const recursion: Rule = ({ circle, fn, pure, isCallback }) => {
  if (circle === undefined || fn.receives || isCallback) return undefined;
  const others = circle.filter((one) => one.fn !== fn).map((one) => functionKey(one.fn.name, one.fn.arity));
  const how = others.length === 0 ? 'calls itself' : `comes back to itself through ${names(others, 3)}`;
  if (!pure) return most('values', `${how}: its lines, once for every turn, would bury the rest`);
  return fn.kind === 'private'
    ? most('count', `${how} and only computes: its caller's arguments and value tell the same`)
    : most('call', `${how} and only computes: its values would be many and large`);
};

export const DULL: readonly Rule[] = [macro, repository, generated, constant];
export const COSTLY: readonly Rule[] = [recursion, defaults, hotLeaf, accessor];
