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
  'hljs-name': 'keyword',
  'hljs-meta': 'meta',
  'hljs-subst': 'variable',
};

/** Cuts a coloured tree at the ends of its lines. An inner colour wins over the one around it. */
export function cutIntoLines(root: Node): LineTokens {
  const first: number[] = [0];
  const stretches: number[] = [];
  let column = 0;
  eachText(root, (value, colour) => {
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
  });
  first.push(stretches.length / 3);
  return { first: Uint32Array.from(first), stretches: Uint32Array.from(stretches) };
}

/** Texts laid over each other: the later ones win where they stand. `at`: of the first character in the whole. */
export function layered(text: string, layers: readonly { root: Node; at: number; length: number }[]): LineTokens {
  /** One more than the colour, 0: none. */
  const colours = new Uint8Array(text.length);
  for (const { root, at, length } of layers) {
    colours.fill(0, at, at + length);
    let from = at;
    eachText(root, (value, colour) => {
      if (colour !== undefined)
        colours.fill(COLOURS.indexOf(colour) + 1, from, Math.min(from + value.length, at + length));
      from += value.length;
    });
  }
  const first: number[] = [];
  const stretches: number[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    first.push(stretches.length / 3);
    for (let column = 0; column < line.length;) {
      const colour = colours[start + column]!;
      let end = column + 1;
      while (end < line.length && colours[start + end] === colour) end++;
      if (colour > 0) stretches.push(column, end, colour - 1);
      column = end;
    }
    start += line.length + 1;
  }
  first.push(stretches.length / 3);
  return { first: Uint32Array.from(first), stretches: Uint32Array.from(stretches) };
}

function eachText(root: Node, text: (value: string, colour: Colour | undefined) => void): void {
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
}

function colourOf(classes: unknown): Colour | undefined {
  if (!Array.isArray(classes)) return undefined;
  for (const each of classes) {
    if (typeof each === 'string' && Object.hasOwn(BY_CLASS, each)) return BY_CLASS[each];
  }
  return undefined;
}
