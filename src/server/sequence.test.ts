import { describe, expect, it } from 'vitest';
import { MemoryRecording } from '../../test/support/memory-recording.js';
import { atom, int, localPid, tuple, type Term } from '../term/index.js';
import { Questions } from './questions.js';
import { sequence } from './sequence.js';

const reference = (n: number): Term => ({ kind: 'reference', words: [n, 0, 0] });

/** A calls B twice, B asks C in between, D casts to B. */
function talk(): { questions: Questions; calls: number[]; replies: number[] } {
  const recording = new MemoryRecording();
  for (const name of ['A', 'B', 'C', 'D'])
    recording.addProcess({ number: 100 + recording.infos.length, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name: `Elixir.${name}`, label: undefined }); // prettier-ignore
  let ns = 0;
  const send = (from: number, to: number, message: Term): number => {
    const seq = recording.add('send', (ns += 1_000), from, { peer: to, terms: [message] });
    recording.add('arrive', (ns += 500), to, { peer: from, cause: seq, terms: [message] });
    return seq;
  };
  const call = (from: number, to: number, ref: number, request: Term): number =>
    send(from, to, tuple(atom('$gen_call'), tuple(localPid(100), reference(ref)), request));
  const calls: number[] = [];
  const replies: number[] = [];
  for (let i = 0; i < 2; i++) {
    calls.push(call(1, 2, i + 1, tuple(atom('take'), int(i))));
    const inner = call(2, 3, i + 11, atom('price'));
    expect(inner).toBeGreaterThan(0);
    send(3, 2, tuple(reference(i + 11), int(7)));
    replies.push(send(2, 1, tuple(reference(i + 1), atom('ok'))));
  }
  send(4, 2, tuple(atom('$gen_cast'), atom('stop')));
  recording.add('send', (ns += 1_000), 4, { peer: 0, terms: [atom('lost')] });
  return { questions: new Questions(recording), calls, replies };
}

describe('a sequence of messages', () => {
  const { questions, calls, replies } = talk();
  const draw = (processes: number[], at: number, about?: number): string[] =>
    sequence(questions, { processes, about, at: { seq: at } }).messages.map(
      (each) => `${String(each.from)}>${String(each.to)} ${each.kind} ${each.text.text}`,
    );

  it('names what was said without the envelopes of OTP, and pairs replies with requests', () => {
    expect(draw([1, 2], 3)).toEqual(['1>2 call {:take, 0}', '2>1 reply :ok', '1>2 call {:take, 1}', '2>1 reply :ok']);
    const { messages } = sequence(questions, { processes: [1, 2], at: { seq: 0 } });
    expect(messages.map((each) => each.pair)).toEqual([replies[0], calls[0], replies[1], calls[1]]);
    expect(messages[1]!.pairNs).toBe(messages[1]!.ns - messages[0]!.ns);
    expect(messages[0]!.arriveNs).toBe(messages[0]!.ns + 500);
  });

  it('takes those that speak with one, or most with each other', () => {
    expect(sequence(questions, { processes: [], about: 3, at: { seq: 5 } }).participants).toEqual([2, 3]);
    expect(sequence(questions, { processes: [], at: { seq: 5 } }).participants).toEqual([1, 2, 3, 4]);
    expect(draw([], 5, 4)).toEqual(['4>2 cast :stop']);
    expect(draw([], 5, 3)).toEqual(['2>3 call :price', '3>2 reply 7', '2>3 call :price', '3>2 reply 7']);
    // Sent before the moment and on its way.
    expect(draw([], 1, 2)[0]).toBe('1>2 call {:take, 0}');
  });

  it('is empty where nobody speaks', () => {
    expect(sequence(questions, { processes: [1, 4], at: { seq: 5 } }).messages).toEqual([]);
    expect(() => sequence(questions, { processes: [99], at: { seq: 5 } })).toThrow('no process 99');
  });
});
