/**
 * Documents that fold onto a width: strings, breaks, nesting, groups. The rules are those of Elixir's `Inspect.Algebra` (strict
 * pretty printing after Lindig, "Strictly Pretty", 2000, with flex breaks), so that wrapped terms break where `inspect` breaks them.
 *
 * A group is written on one line when it fits on the rest of the line. Otherwise its strict breaks become new lines, and each of
 * its flex breaks becomes one only when what follows does not fit.
 */
export type Doc = string | readonly Doc[] | Break | Nest | Group;

interface Break {
  readonly kind: 'break';
  readonly text: string;
  readonly flex: boolean;
}
interface Nest {
  readonly kind: 'nest';
  readonly indent: number;
  readonly doc: Doc;
}
interface Group {
  readonly kind: 'group';
  readonly doc: Doc;
}

export const group = (doc: Doc): Doc => ({ kind: 'group', doc });
export const nest = (doc: Doc, indent: number): Doc => ({ kind: 'nest', indent, doc });
/** `text` when it does not break: a space or nothing. */
export const lineBreak = (text: string, flex = false): Doc => ({ kind: 'break', text, flex });

/** Strings only, without groups: a list of such elements is filled rather than put one a line. */
export function isSimple(doc: Doc): boolean {
  return typeof doc === 'string' || (isSequence(doc) && doc.every(isSimple));
}

export interface ContainerOptions {
  /** Before each break; `,` where absent. */
  separator?: string;
  /** When they do not fit: `strict` puts elements one a line, `flex` fills the lines. Absent: `flex` if all are simple. */
  fold?: 'strict' | 'flex';
  /** Of the lines inside. */
  indent?: number;
  /** What stands between elements on one line. */
  space?: string;
  /** Opens the improper tail, with the separator that goes before it. */
  tail?: { separator: string; doc: Doc };
}

/** Elements between brackets. */
export function container(left: string, elements: readonly Doc[], right: string, options: ContainerOptions = {}): Doc {
  const { separator = ',', fold, indent = 2, space = ' ', tail } = options;
  if (elements.length === 0) return [left, right];
  const simple = fold === undefined && elements.every(isSimple) && (tail === undefined || isSimple(tail.doc));
  const flex = fold === 'flex' || simple;
  const inner: Doc[] = [];
  elements.forEach((element, i) => {
    if (i > 0) inner.push(separator, lineBreak(space, flex));
    inner.push(element);
  });
  if (tail !== undefined) inner.push(tail.separator, lineBreak(space, flex), tail.doc);
  if (flex) return group([left, nest(inner, left.length), right]);
  return group([nest([left, lineBreak(''), ...inner], indent), lineBreak(''), right]);
}

/**
 * The text of a document. Without `width` it stands on one line. `maxLength` stops the text after so many characters and marks that
 * with `…`.
 */
export function render(doc: Doc, width: number | undefined, maxLength = Infinity): string {
  return new Renderer(width ?? Infinity, maxLength).run(doc);
}

/** What is still to be written, as a linked list, so that looking ahead costs nothing to undo. */
interface Pending {
  readonly indent: number;
  readonly flat: boolean;
  readonly doc: Doc;
  readonly next: Pending | undefined;
  /** While looking ahead: a group ended, and this is whether a break had been met before it. */
  readonly breakable?: boolean;
}

class Renderer {
  readonly #parts: string[] = [];
  #length = 0;
  #column = 0;

  constructor(
    private readonly width: number,
    private readonly maxLength: number,
  ) {}

  run(doc: Doc): string {
    let pending: Pending | undefined = { indent: 0, flat: this.width === Infinity, doc, next: undefined };
    while (pending !== undefined) {
      if (this.#length > this.maxLength) return `${shorten(this.#parts.join(''), this.maxLength)}…`;
      pending = this.#step(pending);
    }
    const text = this.#parts.join('');
    return text.length > this.maxLength ? `${shorten(text, this.maxLength)}…` : text;
  }

  #step({ indent, flat, doc, next }: Pending): Pending | undefined {
    if (typeof doc === 'string') {
      this.#write(doc, this.width === Infinity ? 0 : this.#widthOf(doc));
      return next;
    }
    if (isSequence(doc)) return push(doc, indent, flat, next);
    switch (doc.kind) {
      case 'nest':
        return { indent: indent + doc.indent, flat, doc: doc.doc, next };
      case 'group':
        return { indent, flat: flat || this.#fits(doc.doc, undefined, this.#column), doc: doc.doc, next };
      case 'break': {
        const stays = flat || (doc.flex && this.#fits('', next, this.#column + doc.text.length));
        if (stays) this.#write(doc.text, doc.text.length);
        else {
          this.#column = 0;
          this.#write(`\n${' '.repeat(indent)}`, indent);
        }
        return next;
      }
    }
  }

  #write(text: string, columns: number): void {
    this.#parts.push(text);
    this.#length += text.length;
    this.#column += columns;
  }

  /** Whether `doc` on one line, then the rest up to its first possible new line, ends within the width. */
  #fits(doc: Doc, rest: Pending | undefined, from: number): boolean {
    let column = from;
    let pending: Pending | undefined = { indent: 0, flat: true, doc, next: rest };
    // Elixir lets a line run over as long as no break was met: nothing could be done about it.
    let breakable = rest !== undefined;
    while (pending !== undefined) {
      if (column > this.width && breakable) return false;
      const { doc: head, flat, indent, next }: Pending = pending;
      breakable = pending.breakable ?? breakable;
      pending = next;
      if (typeof head === 'string') column += this.#widthOf(head);
      else if (isSequence(head)) pending = push(head, indent, flat, next);
      else if (head.kind === 'nest') pending = { indent, flat, doc: head.doc, next };
      else if (head.kind === 'group') {
        pending = { indent, flat: true, doc: head.doc, next: { indent, flat, doc: '', next, breakable } };
      } else if (!flat) return true;
      else {
        column += head.text.length;
        breakable = true;
      }
    }
    return column <= this.width || !breakable;
  }

  /** Columns of a text as Elixir counts them for folding: its bytes in UTF-8. */
  #widthOf(text: string): number {
    let width = text.length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      // A surrogate is half of a character of four bytes.
      if (unit >= 0x80) width += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
    }
    return width;
  }
}

/** At most `length` characters, without half of a surrogate pair at the end. */
export function shorten(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

function isSequence(doc: Doc): doc is readonly Doc[] {
  return Array.isArray(doc);
}

function push(docs: readonly Doc[], indent: number, flat: boolean, next: Pending | undefined): Pending | undefined {
  let pending = next;
  for (let i = docs.length - 1; i >= 0; i--) pending = { indent, flat, doc: docs[i] as Doc, next: pending };
  return pending;
}
