/** Erlang's abstract code → facts. */
import type { Term } from '../../term/index.js';
import { callFact, EACH, newFunction, type FunctionFacts, type ModuleFacts } from '../facts.js';
import { callbackOf } from './elixir-facts.js';
import { erlangOutline } from './erlang-outline.js';
import { atomOf, listOf, numberOf, textOf, tupleOf, type Node } from './parts.js';

/** Tools whose output says where it comes from in `-file`. */
const GENERATORS: readonly [RegExp, string][] = [
  [/(\.yrl|yeccpre\.hrl)$/, 'yecc'],
  [/(\.xrl|leexinc\.hrl)$/, 'leex'],
  [/eunit\.hrl$/, 'eunit'],
];

/** @param forms list of forms @param source path of the source as the compiler was told */
export function erlangFacts(forms: Term, module: string, source: string | undefined): ModuleFacts {
  const facts: ModuleFacts = {
    module,
    language: 'erlang',
    file: source,
    behaviours: [],
    callbacks: [],
    functions: [],
    why: undefined,
  };
  const exported = new Set<string>();
  let exportAll = false;
  let file: string | undefined;
  let first: string | undefined;
  const local = localFunctions(forms);
  for (const form of listOf(forms) ?? []) {
    const parts = form.kind === 'tuple' ? form.elements : [];
    const kind = atomOf(parts[0]);
    const what = atomOf(parts[2]);
    if (kind === 'attribute') {
      const value = parts[3];
      if (what === 'file') first ??= file = textOf(tupleOf(value, 2)?.[0]);
      if (what === 'file') file = textOf(tupleOf(value, 2)?.[0]);
      if (what === 'behaviour' || what === 'behavior') facts.behaviours.push(atomOf(value) ?? '');
      if (what === 'callback') facts.callbacks.push(...callbackOf(form));
      if (what === 'export') for (const one of listOf(value) ?? []) exported.add(keyText(one));
      if (what === 'compile' && hasAtom(value, 'export_all')) exportAll = true;
    } else if (kind === 'function') {
      const fn = functionFacts(parts, local);
      if (!fn) continue;
      if (!exportAll && !exported.has(`${fn.name}/${fn.arity}`)) fn.kind = 'private';
      fn.generatedBy = GENERATORS.find(([pattern]) => pattern.test(file ?? ''))?.[1];
      facts.functions.push(fn);
    }
  }
  facts.file ??= first;
  // What a grammar becomes is called through its interface, which stands in the template.
  for (const fn of facts.functions)
    if (fn.generatedBy !== undefined && fn.generatedBy !== 'eunit' && fn.kind === 'public') fn.generatedBy = undefined;
  return facts;
}

const keyText = (pair: Term): string => {
  const [name, arity] = tupleOf(pair, 2) ?? [];
  return `${atomOf(name) ?? ''}/${numberOf(arity) ?? 0}`;
};

const hasAtom = (value: Node, name: string): boolean =>
  atomOf(value) === name || (listOf(value) ?? []).some((one) => atomOf(one) === name);

function localFunctions(forms: Term): Set<string> {
  const names = new Set<string>();
  for (const form of listOf(forms) ?? []) {
    const [kind, , name, arity] = form.kind === 'tuple' ? form.elements : [];
    if (atomOf(kind) === 'function') names.add(`${atomOf(name) ?? ''}/${numberOf(arity) ?? 0}`);
  }
  return names;
}

/** `{function, Anno, Name, Arity, [{clause, Anno, Patterns, Guards, Body}]}`. */
function functionFacts(parts: readonly Term[], local: ReadonlySet<string>): FunctionFacts | undefined {
  const name = atomOf(parts[2]);
  const arity = numberOf(parts[3]);
  if (name === undefined || arity === undefined) return undefined;
  const facts = newFunction(name, arity, lineOf(parts[1]), 'public');
  const walk = new Walk(facts, local);
  const bodies: (readonly Term[])[] = [];
  for (const clause of listOf(parts[4]) ?? []) {
    const [, , patterns, , body] = tupleOf(clause, 5) ?? [];
    const heads = listOf(patterns) ?? [];
    facts.clauses++;
    if (facts.clauses === 1) facts.parameters = heads.map((head) => atomOf(tupleOf(head, 3)?.[2]) ?? '_');
    heads.forEach((head, i) => {
      const outline = erlangOutline(head);
      if (outline !== '_' && !facts.patterns[i]?.includes(outline)) facts.patterns[i]?.push(outline);
    });
    walk.all(listOf(body) ?? [], false);
    bodies.push(listOf(body) ?? []);
  }
  facts.lines = walk.lines.size;
  facts.constant = bodies.length === 1 && bodies[0]?.length === 1 && isLiteral(bodies[0][0]);
  return facts;
}

/** An annotation: a line, `{Line, Column}`, or a list that has `{location, …}`. */
function lineOf(anno: Node): number {
  const direct = numberOf(anno) ?? numberOf(tupleOf(anno, 2)?.[0]);
  if (direct !== undefined) return direct;
  for (const one of listOf(anno) ?? []) {
    const [key, value] = tupleOf(one, 2) ?? [];
    if (atomOf(key) === 'location') return lineOf(value);
  }
  return 0;
}

class Walk {
  readonly lines = new Set<number>();

  constructor(
    private readonly facts: FunctionFacts,
    private readonly local: ReadonlySet<string>,
  ) {}

  all(nodes: readonly Term[], many: boolean): void {
    for (const node of nodes) this.#walk(node, many);
  }

  #walk(node: Node, many: boolean): void {
    if (node?.kind === 'list') return this.all(node.elements, many);
    if (node?.kind !== 'tuple') return;
    const parts = node.elements;
    const kind = atomOf(parts[0]);
    // {Module, Function} and the like inside of forms
    if (kind === undefined || parts.length < 3) return this.all(parts, many);
    this.facts.size++;
    const line = lineOf(parts[1]);
    if (line > 0) this.lines.add(line);
    switch (kind) {
      case 'call':
        return this.#call(parts[2], listOf(parts[3]) ?? [], many);
      case 'op':
        if (atomOf(parts[2]) === '!') this.#noteSend(parts[4]);
        return this.all(parts.slice(3), many);
      case 'clause':
        // Patterns and guards have no effects; funs' clauses come through here too.
        return this.all(listOf(parts[4]) ?? [], many);
      case 'try':
        if ((listOf(parts[4]) ?? []).length > 0) this.facts.rescues = true;
        return this.all(parts.slice(2), many);
      case 'catch':
        this.facts.shields = true;
        return this.all(parts.slice(2), many);
      case 'receive':
        this.facts.receives = true;
        return this.all(parts.slice(2), many);
      case 'lc':
      case 'bc':
      case 'mc':
        return this.#comprehension(parts, many);
      case 'fun':
        return this.#fun(parts[2], many);
      case 'atom':
      case 'var':
      case 'string':
      case 'integer':
      case 'char':
      case 'float':
        return;
      default:
        return this.all(parts.slice(2), many);
    }
  }

  #comprehension(parts: readonly Term[], many: boolean): void {
    this.#walk(parts[2], true);
    (listOf(parts[3]) ?? []).forEach((qualifier, i) => {
      const [, , pattern, list] = tupleOf(qualifier, 4) ?? [];
      const isFirst = i === 0 && list !== undefined;
      if (!isFirst) return this.#walk(qualifier, true);
      this.#walk(pattern, true);
      this.#walk(list, many);
    });
  }

  /** `fun name/1`, `fun module:name/1`; otherwise clauses. */
  #fun(what: Node, many: boolean): void {
    const parts = what?.kind === 'tuple' ? what.elements : [];
    if (atomOf(parts[0]) !== 'function') return this.all(parts.slice(1), many);
    if (parts.length === 3) this.#note(undefined, atomOf(parts[1]), numberOf(parts[2]), many);
    else {
      const [module, name, arity] = parts.slice(1).map((part) => tupleOf(part, 3)?.[2]);
      this.#note(atomOf(module), atomOf(name), numberOf(arity), many);
    }
  }

  #note(module: string | undefined, name: string | undefined, arity: number | undefined, many: boolean): void {
    if (name !== undefined && arity !== undefined) this.facts.calls.push({ module, name, arity, many });
  }

  #call(target: Node, args: readonly Term[], many: boolean): void {
    const [kind, , first, second] = target?.kind === 'tuple' ? target.elements : [];
    const literal = (part: Node): string | undefined => {
      const [what, , name] = tupleOf(part, 3) ?? [];
      return atomOf(what) === 'atom' ? atomOf(name) : undefined;
    };
    let module: string | undefined;
    let name: string | undefined;
    if (atomOf(kind) === 'remote') [module, name] = [literal(first), literal(second)];
    else name = literal(target);
    const isRemote = atomOf(kind) === 'remote';
    if (name === undefined || (isRemote && module === undefined)) {
      this.facts.dynamic = true;
      this.#walk(target, many);
    } else {
      const isOwn = !isRemote && this.local.has(`${name}/${args.length}`);
      this.#static(isRemote ? module : isOwn ? undefined : 'erlang', name, args, many);
    }
    const each = module !== undefined && EACH.has(module);
    for (const arg of args) {
      const isFun =
        each && ['fun', 'named_fun'].includes(atomOf(arg.kind === 'tuple' ? arg.elements[0] : undefined) ?? '');
      this.#walk(arg, many || isFun);
    }
  }

  #static(module: string | undefined, name: string, args: readonly Term[], many: boolean): void {
    if (module === 'erlang') {
      if (name === 'send' && args.length >= 2) this.#noteSend(args[1]);
      if (['error', 'throw', 'exit'].includes(name) && args.length === 1) this.#noteRaise(name, args[0]);
    }
    const [kind, , value] = tupleOf(args[0], 3) ?? [];
    const subject = atomOf(kind) === 'atom' ? atomOf(value) : undefined;
    this.facts.calls.push(
      callFact(
        { module, name, arity: args.length, many },
        subject,
        args[1] === undefined ? undefined : erlangOutline(args[1]),
      ),
    );
  }

  #noteSend(message: Node): void {
    const outline = message ? erlangOutline(message) : '_';
    if (!this.facts.sends.includes(outline)) this.facts.sends.push(outline);
  }

  #noteRaise(how: string, what: Node): void {
    const outline = what ? erlangOutline(what) : '_';
    const text = `${how}(${outline})`;
    if (!this.facts.raises.includes(text)) this.facts.raises.push(text);
  }
}

function isLiteral(node: Node): boolean {
  const parts = node?.kind === 'tuple' ? node.elements : [];
  switch (atomOf(parts[0])) {
    case 'atom':
    case 'integer':
    case 'float':
    case 'string':
    case 'char':
    case 'nil':
      return true;
    case 'tuple':
      return (listOf(parts[2]) ?? []).every(isLiteral);
    case 'cons':
      return parts.slice(2).every(isLiteral);
    case 'bin':
      return (listOf(parts[2]) ?? []).every((element) => isLiteral(tupleOf(element, 5)?.[2]));
    default:
      return false;
  }
}
