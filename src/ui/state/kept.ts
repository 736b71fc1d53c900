/**
 * What was chosen by hand inside of panels and is worth keeping in the address: sections that were folded, payloads that were unfolded, texts
 * that were typed into a filter. Small texts by name; few and short, so that the address stays short.
 */
export type Kept = ReadonlyMap<string, string>;

/** The oldest choices go first. */
export const MAX_KEPT = 40;
/** In characters; what is longer stays in the view, but does not come into the address. */
export const MAX_KEPT_LENGTH = 2_000;

const NAME = /^[a-z][a-z0-9.-]{0,40}$/;

/** With one choice more, or without it where it is as it would be by itself. */
export function keep(kept: Kept, name: string, value: string | undefined): Kept {
  if (kept.get(name) === value) return kept;
  const next = new Map(kept);
  next.delete(name);
  if (value !== undefined && NAME.test(name)) next.set(name, value);
  for (const oldest of next.keys()) {
    if (next.size <= MAX_KEPT) break;
    next.delete(oldest);
  }
  return next;
}

/** One a choice, for the address. */
export const keptTexts = (kept: Kept): string[] =>
  [...kept].filter(([, value]) => value.length <= MAX_KEPT_LENGTH).map(([name, value]) => `${name}:${value}`);

/** From the address: anything malformed is left out. */
export function keptFrom(texts: readonly string[]): Kept {
  let kept: Kept = new Map();
  for (const text of texts.slice(0, MAX_KEPT)) {
    const [, name, value] = /^([^:]*):([^\p{Cc}]*)$/u.exec(text) ?? [];
    if (name !== undefined && value!.length <= MAX_KEPT_LENGTH) kept = keep(kept, name, value);
  }
  return kept;
}
