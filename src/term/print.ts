/** Terms as text, for people. */
import { render } from './document.js';
import { elixirDoc } from './print-elixir.js';
import { erlangDoc } from './print-erlang.js';
import type { Term } from './term.js';

export interface PrintOptions {
  /** `elixir` where absent. */
  readonly syntax?: 'elixir' | 'erlang';
  /** Columns to wrap at. On one line where absent. */
  readonly width?: number;
  /** Stops the text after so many characters and marks that with `…`. Whether a long binary is text is then told by its beginning. */
  readonly maxLength?: number;
  /** How Elixir prints charlists: `sigil` (`~c"abc"`, from 1.15, the default) or `quotes` (`'abc'`, up to 1.14). */
  readonly charlists?: 'sigil' | 'quotes';
}

/**
 * The text of a term, as `inspect(term, limit: :infinity, printable_limit: :infinity)` or `io_lib:format("~0tp")` would print it on a
 * node with `+pc unicode`. What the recording left out shows: `"abc"…(+996 bytes)`, `[1, 2, …]`, `{1, …(+12)}`, `‹cut: deeper›`, `‹redacted›`,
 * `‹state›`. Fields of structs stand in the order of the node's map, which may differ from their order in `defstruct`.
 */
export function printTerm(term: Term, options: PrintOptions = {}): string {
  const charlists = options.charlists ?? 'sigil';
  const doc =
    options.syntax === 'erlang'
      ? erlangDoc(term, options.maxLength)
      : elixirDoc(term, {
          charlists,
          careful: charlists === 'sigil',
          ...(options.maxLength === undefined ? {} : { limit: options.maxLength }),
        });
  return render(doc, options.width, options.maxLength);
}
