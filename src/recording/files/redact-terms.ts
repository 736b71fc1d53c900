/** Takes values out of terms. */
import type { Term } from '../../term/index.js';

const REDACTED: Term = { kind: 'redacted' };

/** Words that make a key secret, and texts in which such a word is followed by its value. */
export class Secrets {
  readonly #words: readonly string[];
  readonly #inText: RegExp | undefined;

  constructor(words: readonly string[]) {
    this.#words = words.map((word) => word.toLowerCase());
    const any = this.#words.map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
    this.#inText = any === '' ? undefined : new RegExp(`(?:${any})[\\w-]*["'\\\\]*\\s*(?:=>|=|:|,|\\s)`, 'iu');
  }

  isKey(term: Term): boolean {
    const text = flatText(term)?.toLowerCase();
    return text !== undefined && this.#words.some((word) => text.includes(word));
  }

  /** `password=x`, `"password" => "x"`, `--password x` anywhere in a text: nobody can tell where the value ends. */
  inText(text: string): boolean {
    return this.#inText?.test(text) ?? false;
  }

  /** The term without the values under such keys; the same object when there were none. */
  clean(term: Term): Term {
    switch (term.kind) {
      case 'map': {
        const entries = term.entries.map((entry): readonly [Term, Term] => {
          const [key, value] = entry;
          const cleanKey = this.clean(key);
          const cleanValue = this.isKey(key) ? REDACTED : this.clean(value);
          return cleanKey === key && cleanValue === value ? entry : [cleanKey, cleanValue];
        });
        return same(entries, term.entries) ? term : { ...term, entries };
      }
      case 'tuple': {
        const [key] = term.elements;
        const secret = term.size === 2 && key !== undefined && this.isKey(key);
        const elements = term.elements.map((one, i) => (secret && i === 1 ? REDACTED : this.clean(one)));
        return same(elements, term.elements) ? term : { ...term, elements };
      }
      case 'list': {
        const text = flatText(term);
        if (text !== undefined) return this.inText(text) ? REDACTED : term;
        const elements = term.elements.map((one) => this.clean(one));
        const tail = term.tail && this.clean(term.tail);
        if (same(elements, term.elements) && tail === term.tail) return term;
        return { ...term, elements, ...(tail ? { tail } : {}) };
      }
      case 'binary':
        return this.inText(Buffer.from(term.bytes).toString('latin1')) ||
          this.inText(Buffer.from(term.bytes).toString('utf8'))
          ? REDACTED
          : term;
      case 'opaque':
      case 'function':
        return this.inText(term.text) || this.isText(term.text) ? REDACTED : term;
      default:
        return term;
    }
  }

  private isText(text: string): boolean {
    const lower = text.toLowerCase();
    return this.#words.some((word) => lower.includes(word));
  }
}

/** A message without its content. What shows that it answers a call stays: the order of a mailbox is told from that. */
export function withoutContent(message: Term): Term {
  if (message.kind !== 'tuple' || message.size !== 2) return REDACTED;
  const [tag] = message.elements;
  const reference = tag?.kind === 'list' ? tag.tail : tag;
  return reference?.kind === 'reference' ? { kind: 'tuple', elements: [reference, REDACTED], size: 2 } : REDACTED;
}

const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.every((one, i) => one === b[i]);

/** The text of an atom, a binary or a flat charlist. */
function flatText(term: Term): string | undefined {
  if (term.kind === 'atom') return term.name;
  if (term.kind === 'binary') return Buffer.from(term.bytes).toString('utf8');
  if (term.kind !== 'list' || term.elements.length === 0 || term.tail) return undefined;
  let text = '';
  for (const one of term.elements) {
    if (one.kind !== 'integer' || typeof one.value !== 'number' || one.value < 0 || one.value > 0x10ffff)
      return undefined;
    text += String.fromCodePoint(one.value);
  }
  return text;
}
