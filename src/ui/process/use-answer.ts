/** An answer of the server that goes along with what it was asked for. */
import { useEffect, useRef, useState } from 'react';
import type { Methods } from '../../server/index.js';
import { AskError } from '../net/client.js';
import { useSession } from '../panels/context.js';

export interface Answer<T> {
  /** The newest one there is; it may still be that to the question before. */
  value: T | undefined;
  /** It is the answer to what is asked now. */
  current: boolean;
}

interface Held<T> {
  key: string;
  subject: string | number;
  value: T;
}

/**
 * Undefined `params`: nothing is asked. One question is under way at a time: of those that come meanwhile only the last is asked. Answers about
 * another `subject` are not shown. `restMs`: once there is an answer, the next is asked for only after the question has stood for so long, so that
 * what takes the server a while does not keep whoever steps through time waiting.
 */
export function useAnswer<M extends keyof Methods>(
  method: M,
  params: Methods[M]['params'] | undefined,
  subject: string | number,
  restMs = 0,
): Answer<Methods[M]['result']> {
  const session = useSession();
  const [held, setHeld] = useState<Held<Methods[M]['result']>>();
  const wanted = useRef<{ key: string; subject: string | number; params: Methods[M]['params'] } | undefined>(undefined);
  const busy = useRef(false);
  const answered = useRef<string | number | undefined>(undefined);
  const key = params === undefined ? undefined : JSON.stringify(params);
  useEffect(() => {
    wanted.current = params === undefined ? undefined : { key: key!, subject, params };
    if (busy.current) return;
    const run = async (): Promise<void> => {
      busy.current = true;
      let asked: unknown;
      while (wanted.current !== undefined && wanted.current !== asked) {
        let now = wanted.current;
        while (restMs > 0 && answered.current === now.subject) {
          await new Promise((resolve) => setTimeout(resolve, restMs));
          // It may have been taken back meanwhile.
          const later = wanted.current as typeof wanted.current | undefined;
          if (later === undefined || later === now) break;
          now = later;
        }
        asked = now;
        try {
          const value = await session.client.ask(method, now.params);
          answered.current = now.subject;
          setHeld({ key: now.key, subject: now.subject, value });
        } catch (error) {
          // What is refused is said by the panel itself, which asks about the same moment.
          if (!(error instanceof AskError)) throw error;
        }
      }
      busy.current = false;
    };
    void run();
    // The key stands for the parameters.
  }, [session, method, key, subject, restMs]);
  const value = held?.subject === subject ? held.value : undefined;
  return { value, current: held?.key === key };
}
