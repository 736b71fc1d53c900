/** Colours a text beside the main thread. */
import elixir from 'highlight.js/lib/languages/elixir';
import erlang from 'highlight.js/lib/languages/erlang';
import xml from 'highlight.js/lib/languages/xml';
import { createLowlight } from 'lowlight';
import { blanked, partsOf, type TemplateLanguage } from './eex.js';
import { cutIntoLines, layered, type LineTokens, type Node } from './tokens.js';

export type Language = 'elixir' | 'erlang' | TemplateLanguage;

export interface HighlightRequest {
  id: number;
  language: Language;
  text: string;
}
export interface HighlightReply {
  id: number;
  tokens: LineTokens;
}

const lowlight = createLowlight({ elixir, erlang, xml });
const tree = (language: string, text: string): Node => lowlight.highlight(language, text) as Node;

function template(language: TemplateLanguage, text: string): LineTokens {
  const parts = partsOf(text, language);
  return layered(text, [
    { root: tree('xml', blanked(text, parts)), at: 0, length: text.length },
    ...parts.map(({ from, to, what }) => ({
      root: what === 'elixir' ? tree('elixir', text.slice(from, to)) : comment(text.slice(from, to)),
      at: from,
      length: to - from,
    })),
  ]);
}

const comment = (value: string): Node => ({
  type: 'element',
  properties: { className: ['hljs-comment'] },
  children: [{ type: 'text', value }],
});

addEventListener('message', (message: MessageEvent<HighlightRequest>) => {
  const { id, language, text } = message.data;
  const tokens =
    language === 'eex' || language === 'heex' ? template(language, text) : cutIntoLines(tree(language, text));
  postMessage({ id, tokens } satisfies HighlightReply);
});
