/**
 * Ways into a term: `orders[3].status`, `[:user][:name]`, `{1}`, `["a key"]`. They are plain data, so they travel as JSON.
 *
 * Text: `.name` is the atom key `:name` of a map, struct or keyword list; `[KEY]` a key as Elixir prints it, or an index (from 0) into a
 * list; `{N}` an element of a tuple, counted from 0 as `elem/2` does; `[|]` the tail of an improper list. A path may begin without its dot.
 */
import { TermError } from './error.js';
import { printTerm } from './print.js';
import type { ListTerm, MapTerm, Term } from './term.js';

export type Step =
  /** The value of a key, which is given as Elixir prints it on one line. */
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'tail' };

export type Path = readonly Step[];

export interface Child {
  readonly step: Step;
  readonly value: Term;
}

export type Resolved =
  | { readonly term: Term }
  /** `absent`: there is nothing. `cut`: that part was not recorded, there may be something. */
  | { readonly missing: 'absent' | 'cut' };

const FIELD = /^[\p{XID_Start}_][\p{XID_Continue}@]*[?!]?/u;

/** Throws a TermError when the text is not a path. */
export function parsePath(text: string): Step[] {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    if (rest.startsWith('[|]')) {
      steps.push({ kind: 'tail' });
      at += 3;
    } else if (rest.startsWith('[')) {
      const end = closingBracket(text, at);
      const key = text.slice(at + 1, end).trim();
      if (key === '') throw new TermError(`nothing between the brackets of "${text}"`, at);
      steps.push(/^\d{1,15}$/.test(key) ? { kind: 'index', index: Number(key) } : { kind: 'key', key });
      at = end + 1;
    } else if (rest.startsWith('{')) {
      const found = /^\{(\d{1,15})\}/.exec(rest);
      if (found === null) throw new TermError(`"{" without a number in "${text}"`, at);
      steps.push({ kind: 'element', index: Number(found[1]) });
      at += found[0].length;
    } else {
      const dot = rest.startsWith('.') ? 1 : 0;
      const name = at === 0 || dot === 1 ? FIELD.exec(rest.slice(dot)) : null;
      if (name === null) throw new TermError(`"${text}" is not a path`, at);
      steps.push({ kind: 'key', key: keyOfField(name[0]) });
      at += dot + name[0].length;
    }
  }
  return steps;
}

/** The text of a path; empty for the term itself. */
export function printPath(path: Path): string {
  const text = path.map(printStep).join('');
  return text.startsWith('.') ? text.slice(1) : text;
}

function printStep(step: Step): string {
  switch (step.kind) {
    case 'index':
      return `[${step.index}]`;
    case 'element':
      return `{${step.index}}`;
    case 'tail':
      return '[|]';
    case 'key': {
      const name = /^(?:nil|true|false)$/.test(step.key)
        ? step.key
        : step.key.startsWith(':')
          ? step.key.slice(1)
          : undefined;
      return name !== undefined && FIELD.exec(name)?.[0] === name ? `.${name}` : `[${step.key}]`;
    }
  }
}

const keyOfField = (name: string): string =>
  name === 'nil' || name === 'true' || name === 'false' ? name : `:${name}`;

/** Where the bracket that opens at `from` closes; brackets and quotes in between are respected. */
function closingBracket(text: string, from: number): number {
  let depth = 0;
  let quote: string | undefined;
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== undefined) {
      if (character === '\\') at++;
      else if (character === quote) quote = undefined;
    } else if (character === '"') quote = character;
    else if ('[{<('.includes(character)) depth++;
    else if (']}>)'.includes(character)) {
      // An arrow inside a key is not a closing bracket.
      if (character === '>' && text[at - 1] === '=') continue;
      if (--depth === 0) return at;
    }
  }
  throw new TermError(`a bracket of "${text}" is not closed`, from);
}

/** What the path leads to. */
export function resolvePath(term: Term, path: Path): Resolved {
  let here = term;
  for (const step of path) {
    const next = resolveStep(here, step);
    if (!('term' in next)) return next;
    here = next.term;
  }
  return { term: here };
}

function resolveStep(term: Term, step: Step): Resolved {
  switch (term.kind) {
    case 'cut':
    case 'redacted':
    case 'stateMark':
      return { missing: 'cut' };
    case 'tuple':
      return step.kind === 'element' ? found(term.elements[step.index], step.index < term.size) : { missing: 'absent' };
    case 'list':
      return resolveInList(term, step);
    case 'map': {
      if (step.kind !== 'key' && step.kind !== 'index') return { missing: 'absent' };
      const key = step.kind === 'key' ? step.key : String(step.index);
      return found(
        term.entries.find(([candidate]) => keyText(candidate) === key)?.[1],
        term.entries.length < term.size,
      );
    }
    default:
      return { missing: 'absent' };
  }
}

function resolveInList(term: ListTerm, step: Step): Resolved {
  if (step.kind === 'index')
    return found(term.elements[step.index], term.more === true && step.index >= term.elements.length);
  if (step.kind === 'tail') return found(term.tail, term.more === true);
  if (step.kind !== 'key') return { missing: 'absent' };
  for (const element of term.elements) {
    const pair = keywordPair(element);
    if (pair !== undefined && keyText(pair[0]) === step.key) return { term: pair[1] };
  }
  return { missing: term.more === true ? 'cut' : 'absent' };
}

const found = (term: Term | undefined, cut: boolean): Resolved =>
  term === undefined ? { missing: cut ? 'cut' : 'absent' } : { term };

/** A key as paths write it. */
export const keyText = (key: Term): string => printTerm(key);

/**
 * What a term consists of, for a tree: elements, pairs by key, the pairs of a keyword list by key. The `__struct__` of a struct is not among
 * them. `missing` says how many more there are that were not recorded; `unknown` when nobody knows.
 */
export function childrenOf(term: Term): { children: Child[]; missing: number | 'unknown' } {
  switch (term.kind) {
    case 'tuple':
      return {
        children: term.elements.map((value, index) => ({ step: { kind: 'element', index }, value })),
        missing: term.size - term.elements.length,
      };
    case 'map':
      return { children: pairsOf(term), missing: term.size - term.entries.length };
    case 'list': {
      const pairs = keywordPairs(term);
      const children: Child[] =
        pairs?.map(([key, value]) => ({ step: { kind: 'key', key: keyText(key) }, value })) ??
        term.elements.map((value, index) => ({ step: { kind: 'index', index }, value }));
      if (term.tail !== undefined) children.push({ step: { kind: 'tail' }, value: term.tail });
      return { children, missing: term.more === true ? 'unknown' : 0 };
    }
    case 'cut':
      return { children: [], missing: term.size ?? 'unknown' };
    default:
      return { children: [], missing: 0 };
  }
}

function pairsOf(map: MapTerm): Child[] {
  const shown = map.entries.filter(([key]) => key.kind !== 'atom' || key.name !== '__struct__');
  return shown.map(([key, value]) => ({
    step:
      key.kind === 'integer' && typeof key.value === 'number' && key.value >= 0
        ? { kind: 'index', index: key.value }
        : { kind: 'key', key: keyText(key) },
    value,
  }));
}

/** The pairs of a keyword list whose keys are all different; `undefined` for any other list. */
export function keywordPairs(list: ListTerm): (readonly [Term, Term])[] | undefined {
  if (list.elements.length === 0 || list.tail !== undefined) return undefined;
  const names = new Set<string>();
  const pairs: (readonly [Term, Term])[] = [];
  for (const element of list.elements) {
    const pair = keywordPair(element);
    if (pair === undefined || names.has(pair[0].name)) return undefined;
    names.add(pair[0].name);
    pairs.push(pair);
  }
  return pairs;
}

function keywordPair(term: Term): readonly [Term & { kind: 'atom' }, Term] | undefined {
  if (term.kind !== 'tuple' || term.size !== 2) return undefined;
  const [key, value] = term.elements;
  return key?.kind === 'atom' && value !== undefined ? [key, value] : undefined;
}
