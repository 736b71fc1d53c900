/** The pieces of an expression's text. */
import type { Term } from '../term/index.js';

interface Place {
  readonly at: number;
  readonly end: number;
  /** White space stands before it. */
  readonly spaced: boolean;
}

export type Token = Place &
  (
    | { readonly kind: 'value'; readonly term: Term }
    /** A quoted text with values in it. */
    | { readonly kind: 'text'; readonly parts: readonly (string | readonly Token[])[]; readonly list: boolean }
    /** A variable or the name of a function; in Erlang an atom or the name of a function. */
    | { readonly kind: 'name'; readonly name: string }
    /** `Shop.Stock`; in Erlang a variable. */
    | { readonly kind: 'capital'; readonly name: string }
    /** `name:` of a pair. */
    | { readonly kind: 'key'; readonly name: string }
    /** An operator, a bracket, a comma, a word that is one. */
    | { readonly kind: 'mark'; readonly text: string }
    | { readonly kind: 'end' }
  );
