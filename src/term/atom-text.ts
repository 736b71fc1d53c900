/** Atoms as source text, in Elixir and in Erlang: quoted only where they must be. */
import { escapeElixir, escapeErlang } from './text.js';

const ELIXIR_OPERATORS: ReadonlySet<string> = new Set(
  '! @ & + - * / = < > | ^ . % != && ++ -- -> ** == =~ <- <= <> <~ >= |> || ~> .. {} !== &&& +++ --- === <<< <<~ <~> >>> ||| ~>> ... %{} ..// <<>>'.split(
    ' ',
  ),
);
/** Operators that may follow a dot: `&Kernel.+/2`. */
const ELIXIR_REMOTE_OPERATORS: ReadonlySet<string> = new Set(
  '! @ & + - * / = < > | ^ != && ++ -- ** == =~ <- <= <> <~ >= |> || ~> :: !== &&& +++ --- === <<< <<~ <|> <~> >>> ||| ^^^ ~>> ~~~'.split(
    ' ',
  ),
);
const ALIAS = /^Elixir(\.[A-Z][A-Za-z0-9_]*)*$/;
const ATOM = /^[\p{XID_Start}_][\p{XID_Continue}@]*[?!]?$/u;
const FUNCTION_NAME = /^[\p{XID_Start}_]\p{XID_Continue}*[?!]?$/u;

/** Whether the atom is a module's name as Elixir writes modules: `Shop.Order`. */
export const isElixirAlias = (name: string): boolean => name !== 'Elixir' && ALIAS.test(name);

const isPlainElixir = (name: string): boolean =>
  ELIXIR_OPERATORS.has(name) || (ATOM.test(name) && name.normalize('NFC') === name);

/** `:ok`, `nil`, `Shop.Order`, `:"hello world"`. */
export function elixirAtom(name: string, careful = true): string {
  if (name === 'nil' || name === 'true' || name === 'false') return name;
  if (ALIAS.test(name)) return elixirAlias(name);
  return isPlainElixir(name) ? `:${name}` : `:"${escapeElixir(name, '"', careful)}"`;
}

/** A key of a keyword list or map, with its colon: `ok:`, `"hello world":`. */
export function elixirKey(name: string, careful = true): string {
  return isPlainElixir(name) && name !== 'Elixir' ? `${name}:` : `"${escapeElixir(name, '"', careful)}":`;
}

/** A function's name after the dot. */
export function elixirFunctionName(name: string, careful = true): string {
  const plain =
    ELIXIR_REMOTE_OPERATORS.has(name) ||
    (FUNCTION_NAME.test(name) && !/^\p{Lu}/u.test(name) && name.normalize('NFC') === name);
  return plain ? name : `"${escapeElixir(name, '"', careful)}"`;
}

/** `Shop.Order` of `Elixir.Shop.Order`; names that begin with `Elixir.Elixir` stay whole, as Elixir leaves them. */
function elixirAlias(name: string): string {
  return name === 'Elixir' || name === 'Elixir.Elixir' || name.startsWith('Elixir.Elixir.')
    ? name
    : name.slice('Elixir.'.length);
}

const ERLANG_RESERVED: ReadonlySet<string> = new Set(
  'after and andalso band begin bnot bor bsl bsr bxor case catch cond div else end fun if let maybe not of or orelse receive rem try when xor'.split(
    ' ',
  ),
);

/** `ok`, `'hello world'`, `'Elixir.Shop.Order'`. `maybe` is quoted as OTP 27 does; older ones read both. */
export const erlangAtom = (name: string): string => erlangName(name, !ERLANG_RESERVED.has(name));

/** Module and function of a `fun m:f/1`, where Erlang prints reserved words bare. */
export function erlangName(name: string, bare = true): string {
  return bare && /^[a-zß-öø-ÿ][a-zA-Z0-9_@À-ÖØ-öø-ÿß]*$/.test(name) ? name : `'${escapeErlang(name, "'")}'`;
}
