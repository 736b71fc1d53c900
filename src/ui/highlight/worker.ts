/** Colours a text beside the main thread. */
import elixir from 'highlight.js/lib/languages/elixir';
import erlang from 'highlight.js/lib/languages/erlang';
import { createLowlight } from 'lowlight';
import { cutIntoLines, type LineTokens, type Node } from './tokens.js';

export interface HighlightRequest {
  id: number;
  language: 'elixir' | 'erlang';
  text: string;
}
export interface HighlightReply {
  id: number;
  tokens: LineTokens;
}

const lowlight = createLowlight({ elixir, erlang });

addEventListener('message', (message: MessageEvent<HighlightRequest>) => {
  const { id, language, text } = message.data;
  const tokens = cutIntoLines(lowlight.highlight(language, text) as Node);
  postMessage({ id, tokens } satisfies HighlightReply);
});
