/** What a name that is being typed may go on to. */
export interface Completion {
  text: string;
  hint: string;
}

const WORD = /[\p{L}_][\p{L}\p{N}_.:?!]*$/u;

/** Of what stands before the caret; the longest list is what a person looks at. */
export function completions(
  typed: string,
  known: { names: readonly { name: string; bound: boolean }[]; functions: readonly string[] },
): { from: number; list: Completion[] } {
  const word = WORD.exec(typed)?.[0] ?? '';
  const from = typed.length - word.length;
  const lower = word.toLowerCase();
  const names = known.names
    .filter(({ name }) => name.toLowerCase().startsWith(lower) && name !== word)
    .map(({ name, bound }) => ({ text: name, hint: bound ? 'bound by this line' : 'variable' }));
  // After a dot of a variable come fields, of which nothing is known here.
  const functions =
    word === '' || typed.slice(0, from).endsWith('.')
      ? []
      : known.functions
          .filter((name) => name.toLowerCase().startsWith(lower))
          .map((name) => ({ text: `${name.replace(/\/\d+$/, '')}(`, hint: name }));
  return { from, list: [...names, ...functions].slice(0, 8) };
}
