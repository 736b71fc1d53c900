/**
 * A recorded value as the tree that the browser unfolds, optionally marked with what differs from the value before it.
 *
 * The tree is bounded (`MAX_NODES`), says what is missing, and composes the one-line text of a container from the texts of its parts, so
 * that the cost is linear in the value.
 */
import { keyText, type Path, type Step, type Term } from '../term/index.js';
import type { ProcessNumber, TreeNode } from './protocol.js';
import { leafText, line, shorten, type Syntax } from './text.js';

const MAX_NODES = 12_000;
const MAX_DIFF = 40;
/** Cells of the table that compares two lists. */
const MAX_TABLE = 20_000;
const LEAF = 1_000;
const LINE = 160;

export interface TreeOptions {
  syntax: Syntax;
  /** Which process a pid is, at the moment shown; 0: not known. */
  pid: (number: number, serial: number) => ProcessNumber;
  /** Whether a part of the value says the same as one of `previous`; by what was recorded unless told. */
  same?: (now: Term, before: Term) => boolean;
  /** Where the tree ends, MAX_NODES unless told. */
  maxNodes?: number;
}

export interface DiffLine {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

export interface Tree {
  tree: TreeNode;
  diff: DiffLine[];
  diffMore: number;
}

/** `previous` undefined: nothing to compare with, so nothing is marked. */
export function buildTree(term: Term, options: TreeOptions, previous?: Term): Tree {
  const builder = new TreeBuilder(options);
  const tree = builder.build(term, previous, []);
  return { tree, diff: builder.diff, diffMore: builder.diffMore };
}

/** The part that the labels of a tree lead to; undefined: no such part. */
export function partAt(term: Term, path: readonly string[], syntax: Syntax): Term | undefined {
  let here = term;
  for (const label of path) {
    const next = shapeOf(here, syntax)?.parts.find((part) => part.label === label);
    if (next === undefined) return undefined;
    here = next.term;
  }
  return here;
}

/** What a part of a value is called in its tree; undefined: it is no part of it. */
export function labelOf(whole: Term, part: Term, syntax: Syntax): string | undefined {
  return shapeOf(whole, syntax)?.parts.find(({ term }) => term === part)?.label;
}

/** The same as steps, by which a recording passes quickly over states in which the part is the same; undefined: no such part. */
export function stepsTo(term: Term, path: readonly string[], syntax: Syntax): Path | undefined {
  const steps: Step[] = [];
  let here: Term | undefined = term;
  for (const label of path) {
    const step = here === undefined ? undefined : stepTo(here, label, syntax);
    if (step === undefined || here === undefined) return undefined;
    steps.push(step);
    here = partAt(here, [label], syntax);
  }
  return here === undefined ? undefined : steps;
}

function stepTo(term: Term, label: string, syntax: Syntax): Step | undefined {
  if (term.kind === 'tuple') return { kind: 'element', index: Number(label) };
  if (term.kind === 'list') {
    if (label === '|') return { kind: 'tail' };
    if (/^\d+$/.test(label)) return { kind: 'index', index: Number(label) };
    const pair = term.elements.find(
      (each) => each.kind === 'tuple' && each.elements[0] !== undefined && keyLabel(each.elements[0], syntax) === label,
    );
    return pair?.kind === 'tuple' ? { kind: 'key', key: keyText(pair.elements[0]!) } : undefined;
  }
  if (term.kind !== 'map') return undefined;
  const key = term.entries.find(([each]) => keyLabel(each, syntax) === label)?.[0];
  if (key === undefined) return undefined;
  if (key.kind === 'integer' && typeof key.value === 'number' && key.value >= 0)
    return { kind: 'index', index: key.value };
  return { kind: 'key', key: keyText(key) };
}

interface Part {
  label: string;
  term: Term;
}
interface Shape {
  open: string;
  close: string;
  parts: Part[];
  /** Left out when it was recorded; -1: unknown how many. */
  missing: number;
  /** Labels belong to the line (`a: 1`), or only count (`0`). */
  named: boolean;
}

/** How a container falls into labelled parts; undefined for leaves. Works the same for every value, so that labels make stable paths. */
function shapeOf(term: Term, syntax: Syntax): Shape | undefined {
  switch (term.kind) {
    case 'tuple':
      return {
        open: '{',
        close: '}',
        parts: term.elements.map((each, i) => ({ label: String(i), term: each })),
        missing: term.size - term.elements.length,
        named: false,
      };
    case 'list': {
      if (term.elements.length > 0 && term.tail === undefined && isCharlist(term.elements)) return undefined;
      const missing = term.more === true ? -1 : 0;
      if (syntax === 'elixir' && term.tail === undefined && isKeywords(term.elements)) {
        const parts = term.elements.map((each) => {
          const [key, value] = (each as Extract<Term, { kind: 'tuple' }>).elements;
          return { label: keyLabel(key!, syntax), term: value! };
        });
        return { open: '[', close: ']', parts, missing, named: true };
      }
      const parts = term.elements.map((each, i) => ({ label: String(i), term: each }));
      if (term.tail !== undefined) parts.push({ label: '|', term: term.tail });
      return { open: '[', close: ']', parts, missing, named: false };
    }
    case 'map': {
      const struct = syntax === 'elixir' ? structName(term) : undefined;
      const parts: Part[] = [];
      for (const [key, value] of term.entries) {
        if (struct !== undefined && key.kind === 'atom' && key.name === '__struct__') continue;
        parts.push({ label: keyLabel(key, syntax), term: value });
      }
      const open = syntax === 'erlang' ? '#{' : struct === undefined ? '%{' : `%${struct}{`;
      return { open, close: '}', parts, missing: term.size - term.entries.length, named: true };
    }
    default:
      return undefined;
  }
}

const plainAtom = /^[a-z_][A-Za-z0-9_]*[?!]?$/;
function keyLabel(key: Term, syntax: Syntax): string {
  if (syntax === 'elixir' && key.kind === 'atom' && plainAtom.test(key.name) && key.name !== 'nil')
    return `${key.name}:`;
  const text = shapeOf(key, syntax) === undefined ? leafText(key, syntax) : line(key, syntax, 80).text;
  return `${shorten(text, 200).text} =>`;
}
function structName(term: Extract<Term, { kind: 'map' }>): string | undefined {
  for (const [key, value] of term.entries) {
    if (key.kind === 'atom' && key.name === '__struct__' && value.kind === 'atom' && value.name.startsWith('Elixir.')) {
      return value.name.slice('Elixir.'.length);
    }
  }
  return undefined;
}
/** With each key once: a list of messages that all begin alike is a list, not keywords. */
function isKeywords(elements: readonly Term[]): boolean {
  const keys = new Set<string>();
  for (const each of elements) {
    if (each.kind !== 'tuple' || each.size !== 2 || each.elements.length !== 2) return false;
    const key = each.elements[0]!;
    if (key.kind !== 'atom' || !plainAtom.test(key.name) || keys.has(key.name)) return false;
    keys.add(key.name);
  }
  return elements.length > 0;
}
function isCharlist(elements: readonly Term[]): boolean {
  return elements.every(
    (each) =>
      each.kind === 'integer' &&
      typeof each.value === 'number' &&
      ((each.value >= 32 && each.value < 127) || (each.value >= 9 && each.value <= 13)),
  );
}

class TreeBuilder {
  readonly diff: DiffLine[] = [];
  diffMore = 0;
  private nodes = 0;
  private readonly texts = new WeakMap<Term, string>();

  constructor(
    private readonly options: TreeOptions,
    private readonly width = LINE,
  ) {}

  build(term: Term, previous: Term | undefined, path: readonly string[]): TreeNode {
    this.nodes++;
    const shape = shapeOf(term, this.options.syntax);
    if (shape === undefined) return this.leaf(term, previous, path);
    if (previous !== undefined && this.same(term, previous)) previous = undefined;
    const before = previous === undefined ? undefined : shapeOf(previous, this.options.syntax);
    const alike = before?.open === shape.open;
    const node: TreeNode = { k: term.kind, t: '', open: shape.open, close: shape.close };
    if (previous !== undefined) {
      node.d = alike ? 'inside' : 'changed';
      if (!alike) {
        node.was = this.text(previous);
        this.note(path, node.was, this.text(term));
      }
    }
    const matched = alike && before !== undefined ? this.match(shape, before) : undefined;
    const children: TreeNode[] = [];
    const words: string[] = [];
    let worded = 0;
    let width = 0;
    let hidden = 0;
    for (const [i, part] of shape.parts.entries()) {
      if (this.nodes >= (this.options.maxNodes ?? MAX_NODES)) {
        hidden = shape.parts.length - i;
        break;
      }
      const was = matched?.was[i];
      const below = [...path, part.label];
      const child = this.build(part.term, was === 'new' ? undefined : was, below);
      child.l = part.label;
      if (was === 'new') {
        child.d = 'added';
        this.note(below, undefined, child.t);
      }
      children.push(child);
      if (width <= this.width) {
        const word = shape.named ? `${part.label} ${child.t}` : child.t;
        // The tail of an improper list belongs to what stands before it.
        if (part.label === '|' && words.length > 0) words.push(`${words.pop()!} | ${word}`);
        else words.push(word);
        worded++;
        width += word.length + 2;
      }
    }
    if (matched !== undefined && matched.gone.length > 0) {
      node.gone = matched.gone.slice(0, 20).map((part) => ({ l: part.label, t: this.text(part.term) }));
      for (const part of matched.gone) this.note([...path, part.label], this.text(part.term), undefined);
    }
    if (children.length > 0) node.c = children;
    if (shape.missing !== 0) node.lost = 'elements';
    const missing = shape.missing === -1 ? -1 : shape.missing + hidden;
    if (missing !== 0) node.more = missing;
    const rest = missing !== 0 || worded < shape.parts.length;
    const body = words.join(', ');
    const whole = `${shape.open}${body}${rest ? (body === '' ? '…' : ', …') : ''}${shape.close}`;
    node.t =
      whole.length <= this.width ? whole : `${shorten(`${shape.open}${body}`, this.width - 2).text}${shape.close}`;
    return node;
  }

  private leaf(term: Term, previous: Term | undefined, path: readonly string[]): TreeNode {
    const shown = shorten(leafText(term, this.options.syntax), LEAF);
    const node: TreeNode = { k: term.kind, t: shown.text };
    if (term.kind === 'pid' && term.node === undefined) {
      const process = this.options.pid(term.number, term.serial);
      if (process > 0) node.p = process;
    }
    if (term.kind === 'redacted') node.lost = 'secret';
    else if (term.kind === 'cut') node.lost = term.why;
    else if (term.kind === 'binary' && term.size > term.bytes.length) node.lost = 'bytes';
    else if (term.kind === 'bitstring' && Math.ceil(term.bits / 8) > term.bytes.length) node.lost = 'bytes';
    else if (term.kind === 'list' && term.more === true) node.lost = 'elements';
    if (previous !== undefined && !this.same(term, previous)) {
      node.d = 'changed';
      node.was = this.text(previous);
      this.note(path, node.was, node.t);
    }
    return node;
  }

  /** For each part its former self, `new`, or undefined (unchanged), and the former parts that are no more. */
  private match(now: Shape, before: Shape): { was: (Term | 'new' | undefined)[]; gone: Part[] } {
    if (now.named) {
      const former = new Map(before.parts.map((part) => [part.label, part]));
      const was = now.parts.map((part): Term | 'new' => {
        const old = former.get(part.label);
        former.delete(part.label);
        return old === undefined ? 'new' : old.term;
      });
      // Where parts were cut away, a key that is not here may just not have been kept.
      return { was, gone: now.missing === 0 ? [...former.values()] : [] };
    }
    // A list that grew or shrank at either end: what is equal at both ends is not a change.
    const a = before.parts;
    const b = now.parts;
    let head = 0;
    while (head < a.length && head < b.length && this.same(a[head]!.term, b[head]!.term)) head++;
    let tail = 0;
    while (
      tail < a.length - head &&
      tail < b.length - head &&
      this.same(a[a.length - 1 - tail]!.term, b[b.length - 1 - tail]!.term)
    )
      tail++;
    const oldMiddle = a.slice(head, a.length - tail);
    const newMiddle = b.slice(head, b.length - tail);
    const kept = this.keptPairs(oldMiddle, newMiddle);
    const was = new Array<Term | 'new' | undefined>(b.length).fill(undefined);
    const gone: Part[] = [];
    // Between two elements that stayed, what stands at the same place is a change; the rest came or went.
    let from = 0;
    let to = 0;
    for (const [i, j] of [...kept, [oldMiddle.length, newMiddle.length] as const]) {
      for (; to < j; to++) was[head + to] = from < i ? oldMiddle[from++]!.term : 'new';
      gone.push(...oldMiddle.slice(from, i));
      from = i + 1;
      to = j + 1;
    }
    return { was, gone: now.missing === 0 ? gone : [] };
  }

  /** Positions of a longest common subsequence (by the usual table), for lists short enough to afford it. */
  private keptPairs(a: readonly Part[], b: readonly Part[]): (readonly [number, number])[] {
    if (a.length === 0 || b.length === 0 || a.length * b.length > MAX_TABLE) return [];
    const left = a.map((part) => fingerprint(part.term));
    const right = b.map((part) => fingerprint(part.term));
    const width = b.length + 1;
    const table = new Uint16Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        table[i * width + j] =
          left[i] === right[j]
            ? table[(i + 1) * width + j + 1]! + 1
            : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
      }
    }
    const pairs: (readonly [number, number])[] = [];
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
      if (left[i] === right[j]) pairs.push([i++, j++]);
      else if (table[(i + 1) * width + j]! >= table[i * width + j + 1]!) i++;
      else j++;
    }
    return pairs;
  }

  private same(a: Term, b: Term): boolean {
    return a === b || (this.options.same ?? equalTerms)(a, b);
  }

  private text(term: Term): string {
    let text = this.texts.get(term);
    if (text === undefined) {
      text = line(term, this.options.syntax, LINE).text;
      this.texts.set(term, text);
    }
    return text;
  }

  private note(path: readonly string[], before: string | undefined, after: string | undefined): void {
    if (this.diff.length >= MAX_DIFF) this.diffMore++;
    else
      this.diff.push({
        path: pathText(path),
        before,
        after: after === undefined ? undefined : shorten(after, LINE).text,
      });
  }
}

/** `stock → "mug" → 0` reads better than any syntax both languages lack. */
export function pathText(path: readonly string[]): string {
  return path.map((label) => label.replace(/(?: =>|:)$/, '')).join(' → ');
}

/** Whether two recorded values are the same as far as they were recorded, cuts included. */
export function equalTerms(a: Term, b: Term): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'tuple': {
      const other = b as typeof a;
      return a.size === other.size && equalAll(a.elements, other.elements);
    }
    case 'list': {
      const other = b as typeof a;
      if (a.more !== other.more || (a.tail === undefined) !== (other.tail === undefined)) return false;
      return equalAll(a.elements, other.elements) && (a.tail === undefined || equalTerms(a.tail, other.tail!));
    }
    case 'map': {
      const other = b as typeof a;
      if (a.size !== other.size || a.entries.length !== other.entries.length) return false;
      if (
        a.entries.every(
          ([key, value], i) => equalTerms(key, other.entries[i]![0]) && equalTerms(value, other.entries[i]![1]),
        )
      )
        return true;
      const byKey = new Map(other.entries.map(([key, value]) => [fingerprint(key), value]));
      return a.entries.every(([key, value]) => {
        const match = byKey.get(fingerprint(key));
        return match !== undefined && equalTerms(value, match);
      });
    }
    case 'binary':
    case 'bitstring': {
      const other = b as typeof a;
      const size = a.kind === 'binary' ? a.size === (other as typeof a).size : a.bits === (other as typeof a).bits;
      return size && Buffer.compare(a.bytes, other.bytes) === 0;
    }
    case 'atom':
      return a.name === (b as typeof a).name;
    case 'integer':
      return a.value === (b as typeof a).value;
    default:
      return fingerprint(a) === fingerprint(b);
  }
}
const equalAll = (a: readonly Term[], b: readonly Term[]): boolean =>
  a.length === b.length && a.every((each, i) => equalTerms(each, b[i]!));
const fingerprint = (term: Term): string =>
  JSON.stringify(term, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${String(value)}n`;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
    if (typeof value === 'number' && (Object.is(value, -0) || !Number.isFinite(value)))
      return Object.is(value, -0) ? '-0' : String(value);
    return value;
  });
