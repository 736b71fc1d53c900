/** Calls under way on a node: each waits for a message with its reference. */
import type { ReferenceTerm, Term } from '../../term/index.js';
import { BeamError, RemoteError } from '../beam-error.js';
import { identityKey } from './identity.js';

interface Waiting {
  resolve(answer: Term): void;
  reject(error: Error): void;
}

export class Calls {
  readonly #waiting = new Map<string, Waiting>();

  /**
   * Sends a request and waits for its answer.
   * @param name what is called, for errors
   * @param send throws when nothing can be sent any more
   */
  start(reference: ReferenceTerm, name: string, node: string, timeoutMs: number, send: () => void): Promise<Term> {
    const key = identityKey(reference);
    return new Promise<Term>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(key);
        reject(new BeamError('timeout', `${name} on ${node} gave no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.set(key, {
        resolve: (answer) => {
          clearTimeout(timer);
          const reason = badRpc(answer);
          if (reason === undefined) resolve(answer);
          else reject(new RemoteError(name, reason));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      try {
        send();
      } catch (error) {
        this.#waiting.delete(key);
        clearTimeout(timer);
        reject(error as Error);
      }
    });
  }

  /** Whether the message `{Reference, Answer}` was waited for. */
  answered(reference: ReferenceTerm, answer: Term): boolean {
    const key = identityKey(reference);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return false;
    this.#waiting.delete(key);
    waiting.resolve(answer);
    return true;
  }

  rejectAll(why: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(why);
    this.#waiting.clear();
  }
}

/** What `rex` answers instead of a value when the call failed. */
function badRpc(answer: Term): Term | undefined {
  if (answer.kind !== 'tuple' || answer.size !== 2) return undefined;
  const [tag, reason] = answer.elements;
  return tag?.kind === 'atom' && tag.name === 'badrpc' ? reason : undefined;
}
