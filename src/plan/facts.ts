/** What the rules know of code: the same for Elixir and Erlang, from compiled modules and from sources. */

/** A call whose function can be told from the text. */
export interface CallFact {
  /** As an atom (`Elixir.Shop.Stock`, `lists`); undefined: a function of the same module. */
  module: string | undefined;
  name: string;
  arity: number;
  /** Within a comprehension, or a fun that is given to `Enum`, `lists` and the like. */
  many: boolean;
  /** First argument, where it is an atom: the server that a `GenServer.call` asks. */
  subject?: string;
  /** Outline of what may be a message: the second argument. */
  message?: string;
}

export interface FunctionFacts {
  name: string;
  arity: number;
  /** 0: unknown. */
  line: number;
  kind: 'public' | 'private' | 'macro';
  /** The module whose macro wrote it, where nothing of it stands in the source. */
  generatedBy: string | undefined;
  clauses: number;
  /** Parts of its syntax tree, a measure of how much there is to it. */
  size: number;
  /** Different lines of its bodies. */
  lines: number;
  /** For each argument what its clauses match, without what matches everything: `{:ship, _}`, `:free`. */
  patterns: string[][];
  /** Names of its first clause's arguments; `_` for those without. */
  parameters: string[];
  calls: CallFact[];
  /** Outlines of messages that it sends with `send` or `!`. */
  sends: string[];
  /** What it raises by `raise`, `throw`, `exit` or `error`, as far as can be told. */
  raises: string[];
  rescues: boolean;
  /** Only keeps an exception from going further: Erlang's `catch`. */
  shields: boolean;

  receives: boolean;
  /** Calls funs or modules that only the running program knows. */
  dynamic: boolean;
  /** It has one clause, and that is a literal. */
  constant: boolean;
}

export interface ModuleFacts {
  /** As an atom. */
  module: string;
  language: 'elixir' | 'erlang';
  /** Of its source; undefined: unknown. */
  file: string | undefined;
  /** Modules whose behaviour it says to have, as atoms. */
  behaviours: string[];
  /** Callbacks that it asks of others, `name/arity`. */
  callbacks: string[];
  functions: FunctionFacts[];
  /** Why there is nothing to go by, or less than there could be. */
  why: string | undefined;
}

export const functionKey = (name: string, arity: number): string => `${name}/${arity}`;

/** Elixir's modules as a person writes them. */
export const moduleName = (module: string): string => module.replace(/^Elixir\./, '');

export const newFunction = (name: string, arity: number, line: number, kind: FunctionFacts['kind']): FunctionFacts => ({
  name,
  arity,
  line,
  kind,
  generatedBy: undefined,
  clauses: 0,
  size: 0,
  lines: 0,
  patterns: Array.from({ length: arity }, () => []),
  parameters: [],
  calls: [],
  sends: [],
  raises: [],
  rescues: false,
  shields: false,
  receives: false,
  dynamic: false,
  constant: false,
});

/** Modules whose functions call what is given to them for each element. */
export const EACH = new Set([
  'Elixir.Enum',
  'Elixir.Stream',
  'Elixir.Map',
  'Elixir.Keyword',
  'Elixir.Task',
  'lists',
  'maps',
  'Elixir.MapSet',
  'Elixir.Flow',
  'dict',
  'orddict',
  'sets',
  'queue',
  'array',
]);

/** A call as the rules see it. What is not known of it may be given as undefined. */
export function callFact(
  call: Omit<CallFact, 'subject' | 'message'>,
  subject: string | undefined,
  message: string | undefined,
): CallFact {
  return {
    ...call,
    ...(subject === undefined ? {} : { subject }),
    ...(message === undefined ? {} : { message }),
  };
}
