/** Coloured stretches of a text, by line, as plain numbers: what the worker sends and the panel draws. No markup anywhere. */

/** The colours that there are; a stretch carries the index. */
export const COLOURS = ['keyword', 'string', 'number', 'comment', 'symbol', 'title', 'variable', 'meta'] as const;
export type Colour = (typeof COLOURS)[number];

export interface LineTokens {
  /** Of the first stretch of each line, and one more. */
  first: Uint32Array;
  /** Three numbers a stretch: where it begins and ends in its line, and its colour. In order, not overlapping. */
  stretches: Uint32Array;
}

/** A tree of text, as highlighters give it. */
export type Node =
  | { type: 'text'; value: string }
  | { type: 'element'; properties: { className?: unknown }; children: readonly Node[] }
  | { type: 'root'; children: readonly Node[] };

const BY_CLASS: Record<string, Colour> = {
  'hljs-keyword': 'keyword',
  'hljs-built_in': 'keyword',
  'hljs-literal': 'symbol',
  'hljs-string': 'string',
  'hljs-regexp': 'string',
  'hljs-char': 'string',
  'hljs-number': 'number',
  'hljs-comment': 'comment',
  'hljs-doctag': 'comment',
  'hljs-symbol': 'symbol',
  'hljs-title': 'title',
  'hljs-type': 'title',
  'hljs-variable': 'variable',
  'hljs-attr': 'symbol',
  'hljs-meta': 'meta',
  'hljs-subst': 'variable',
};

/** Cuts a coloured tree at the ends of its lines. An inner colour wins over the one around it. */
export function cutIntoLines(root: Node): LineTokens {
  const first: number[] = [0];
  const stretches: number[] = [];
  let column = 0;
  const text = (value: string, colour: Colour | undefined): void => {
    const lines = value.split('\n');
    for (const [i, line] of lines.entries()) {
      if (i > 0) {
        first.push(stretches.length / 3);
        column = 0;
      }
      if (line.length > 0 && colour !== undefined)
        stretches.push(column, column + line.length, COLOURS.indexOf(colour));
      column += line.length;
    }
  };
  const walk = (node: Node, colour: Colour | undefined): void => {
    if (node.type === 'text') text(node.value, colour);
    else {
      const own = node.type === 'element' ? colourOf(node.properties.className) : undefined;
      // What stands inside of a string's `#{}` is code again.
      const inner = own === 'variable' && colour === 'string' ? undefined : (own ?? colour);
      for (const child of node.children) walk(child, inner);
    }
  };
  walk(root, undefined);
  first.push(stretches.length / 3);
  return { first: Uint32Array.from(first), stretches: Uint32Array.from(stretches) };
}

function colourOf(classes: unknown): Colour | undefined {
  if (!Array.isArray(classes)) return undefined;
  for (const each of classes) {
    if (typeof each === 'string' && Object.hasOwn(BY_CLASS, each)) return BY_CLASS[each];
  }
  return undefined;
}
