/** Asks the worker for colours; without one (or when it fails) texts stay plain. */
import type { LineTokens } from './tokens.js';
import type { HighlightReply, HighlightRequest, Language } from './worker.js';

/** Beyond that a text is not code that a person wrote. */
const MAX_CHARACTERS = 4_000_000;

export class Highlighter {
  private worker: Worker | undefined;
  private lastId = 0;
  private readonly waiting = new Map<number, (tokens: LineTokens | undefined) => void>();

  highlight(language: Language, lines: readonly string[]): Promise<LineTokens | undefined> {
    const text = lines.join('\n');
    if (text.length > MAX_CHARACTERS || text.length === 0) return Promise.resolve(undefined);
    const id = ++this.lastId;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.start().postMessage({ id, language, text } satisfies HighlightRequest);
    });
  }

  private start(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = (message: MessageEvent<HighlightReply>) => {
      this.waiting.get(message.data.id)?.(message.data.tokens);
      this.waiting.delete(message.data.id);
    };
    worker.onerror = () => {
      for (const resolve of this.waiting.values()) resolve(undefined);
      this.waiting.clear();
      worker.terminate();
      this.worker = undefined;
    };
    this.worker = worker;
    return worker;
  }
}
