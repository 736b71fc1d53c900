/**
 * What a process runs, read from how it was spawned: OTP starts everything through `proc_lib:init_p` and `gen:init_it`, which tells nobody
 * anything; the callback module stands deep in the arguments.
 */
import type { Term } from '../../term/index.js';

export interface WhatRuns {
  module: string;
  name: string;
  arity: number;
  behaviour: string | undefined;
  /** The name it will be registered under, where the arguments say so. */
  registered: string | undefined;
}

/** @param args the arguments of the spawn, a list term (possibly cut) */
export function whatRuns(module: string, name: string, arity: number, args: Term | undefined): WhatRuns {
  const plain = { module, name, arity, behaviour: undefined, registered: undefined };
  const list = elements(args);
  if (module === 'proc_lib' && name === 'init_p') {
    if (list.length === 5) {
      const [, , inner, innerName, innerArgs] = list;
      const innerList = elements(innerArgs);
      if (inner?.kind !== 'atom' || innerName?.kind !== 'atom') return plain;
      if (inner.name === 'gen' && innerName.name === 'init_it') return behaviour(innerList) ?? plain;
      return whatRuns(inner.name, innerName.name, innerList.length, innerArgs);
    }
    return fun(list[2]) ?? plain;
  }
  if (module === 'Elixir.Task.Supervised') return task(name, list);
  if (module === 'erlang' && name === 'apply') {
    if (list.length === 3 && list[0]?.kind === 'atom' && list[1]?.kind === 'atom') {
      return whatRuns(list[0].name, list[1].name, elements(list[2]).length, list[2]);
    }
    return fun(list[0]) ?? plain;
  }
  return plain;
}

/** `[GenMod, Starter, Parent, (Name,) Mod, Args, Options]` of `gen:init_it/6,7`. */
function behaviour(args: readonly Term[]): WhatRuns | undefined {
  const [gen] = args;
  const named = args.length === 7;
  const mod = args[named ? 4 : 3];
  if (gen?.kind !== 'atom' || mod?.kind !== 'atom') return undefined;
  const callback = {
    module: mod.name,
    name: 'init',
    arity: 1,
    behaviour: gen.name,
    registered: named ? registeredName(args[3]) : undefined,
  };
  // An event manager has no module of its own, only handlers that come and go.
  if (gen.name === 'gen_event') return { ...callback, module: 'gen_event', name: 'init_it', arity: 6 };
  const inner = elements(args[named ? 5 : 4]);
  if (mod.name === 'supervisor') {
    const supervised = inner.find((term, index) => index > 0 && term.kind === 'atom' && term.name !== 'undefined');
    const module =
      supervised?.kind === 'atom' && supervised.name !== 'Elixir.Supervisor.Default' ? supervised.name : mod.name;
    return { ...callback, module, behaviour: 'supervisor' };
  }
  if (mod.name === 'Elixir.DynamicSupervisor' || mod.name === 'Elixir.Task.Supervisor')
    return { ...callback, behaviour: 'supervisor' };
  if (mod.name === 'Elixir.Agent.Server') return { ...callback, behaviour: 'agent' };
  return callback;
}

/** `[Owner, …, {M, F, A}]` of `Task.Supervised`; newer releases send the function in a message instead. */
function task(entry: string, args: readonly Term[]): WhatRuns {
  const mfa = args.at(-1);
  const [module, name, list] = mfa?.kind === 'tuple' ? mfa.elements : [];
  const runs =
    module?.kind === 'atom' && name?.kind === 'atom'
      ? whatRuns(module.name, name.name, elements(list).length, list)
      : { module: 'Elixir.Task.Supervised', name: entry, arity: args.length, registered: undefined };
  return { ...runs, behaviour: 'task' };
}

/** `#Fun<Elixir.Shop.Load.3.1234>`: the module is in its text; which function it was written in is not. */
function fun(term: Term | undefined): WhatRuns | undefined {
  if (term?.kind === 'export')
    return { module: term.module, name: term.name, arity: term.arity, behaviour: undefined, registered: undefined };
  const match = term?.kind === 'function' ? /^#Fun<(.+)\.\d+\.\d+>$/.exec(term.text) : undefined;
  return match?.[1]
    ? { module: match[1], name: 'fn', arity: 0, behaviour: undefined, registered: undefined }
    : undefined;
}

function registeredName(term: Term | undefined): string | undefined {
  if (term?.kind !== 'tuple' || term.elements[0]?.kind !== 'atom' || term.elements[0].name !== 'local')
    return undefined;
  return term.elements[1]?.kind === 'atom' ? term.elements[1].name : undefined;
}

function elements(term: Term | undefined): readonly Term[] {
  return term?.kind === 'list' || term?.kind === 'tuple' ? term.elements : [];
}
