/**
 * Templates: markup with Elixir inside of it. Where the Elixir stands is found first; the markup is then coloured with blanks in these places, so
 * that a tag with Elixir in an attribute stays one tag, and the Elixir by itself.
 */

/** `eex`: `<% %>` only; `heex`: also `{ }` in the markup. */
export type TemplateLanguage = 'eex' | 'heex';

/** By the name of its file; undefined: no template. */
export function templateLanguage(file: string): TemplateLanguage | undefined {
  if (/\.heex$/i.test(file)) return 'heex';
  return /\.l?eex$/i.test(file) ? 'eex' : undefined;
}

export interface Part {
  from: number;
  /** The first character behind it. */
  to: number;
  what: 'elixir' | 'comment';
}

const OPENING = /<%(?:%|!--|#|==|=|\||\/)?|[{<]/g;

/** Where Elixir and its comments stand, without the marks around them for Elixir, with them for comments. In order, not overlapping. */
export function partsOf(text: string, language: TemplateLanguage): Part[] {
  const parts: Part[] = [];
  // Of these, markup alone is the end.
  let verbatim: string | undefined;
  OPENING.lastIndex = 0;
  for (let found = OPENING.exec(text); found !== null; found = OPENING.exec(text)) {
    const { index } = found;
    const [mark] = found;
    if (mark === '<%%') continue;
    if (mark === '<%!--' || mark === '<%#') {
      const to = endOf(text, mark === '<%#' ? '%>' : '--%>', index);
      parts.push({ from: index, to, what: 'comment' });
      OPENING.lastIndex = to;
    } else if (mark.startsWith('<%')) {
      const from = index + mark.length;
      const to = text.indexOf('%>', from);
      parts.push({ from, to: to < 0 ? text.length : to, what: 'elixir' });
      OPENING.lastIndex = to < 0 ? text.length : to + 2;
    } else if (mark === '<') {
      const tag = /^<(\/?)(script|style)\b/i.exec(text.slice(index, index + 9));
      if (tag !== null) verbatim = tag[1] === '/' ? undefined : tag[2]?.toLowerCase();
    } else if (language === 'heex' && verbatim === undefined) {
      const to = closing(text, index);
      if (to > index + 1) parts.push({ from: index + 1, to, what: 'elixir' });
      OPENING.lastIndex = to + 1;
    }
  }
  return parts;
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

/** Of the brace that belongs to the one at `from`; braces in strings do not count. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const each = text[i];
    if (each === '{') depth++;
    else if (each === '}' && --depth === 0) return i;
    else if (each === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    }
  }
  return text.length;
}

/** The markup alone, as long as the whole. */
export function blanked(text: string, parts: readonly Part[]): string {
  let out = '';
  let at = 0;
  for (const { from, to } of parts) {
    out += text.slice(at, from) + text.slice(from, to).replace(/[^\n]/g, ' ');
    at = to;
  }
  return out + text.slice(at);
}
