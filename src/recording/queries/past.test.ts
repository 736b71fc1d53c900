import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AtomList,
  atom,
  binary,
  charlist,
  encodeTerms,
  int,
  matchTerm,
  parsePattern,
  tuple,
  type Resolved,
  type Term,
} from '../../term/index.js';
import { isCrashReason } from '../crash.js';
import { EVENT_KINDS, kindCode } from '../model.js';
import type { Recording } from '../query.js';
import { openRecording } from '../read/open.js';
import { createRecording } from '../write/writer.js';
import {
  LINE_NS,
  Random,
  RandomRecording,
  SlowModel,
  SlowPast,
  drawHistory,
  drawTrail,
  withTempDir,
  word,
  writeChart,
} from '../testing/index.js';
import { processTree } from './tree.js';

const shop = `
customer   order      stock
                      =9
  |--buy---->|
             #buy
             |--take--->|
             .
                      #take
                      =8
                      .
  |--ask---->|
             |--give--->|
                      #give
                      =9
                      .
                      #tick
                      =7
                      !
                      xboom
             xboom
`;

/** Blocks of three events, so that answers cross their borders. */
function withChart(chart: string, run: (recording: Recording) => void): void {
  withTempDir((dir) => {
    const path = join(dir, 'chart.escope');
    writeChart(chart, { path, blockEvents: 3 });
    const recording = openRecording(path);
    run(recording);
    recording.close();
  });
}

describe('the past of a process, drawn', () => {
  const at = (recording: Recording, line: number): ReturnType<Recording['momentAt']> =>
    recording.momentAt(line * LINE_NS);

  it('has every change with its cause', () => {
    withChart(shop, (recording) => {
      const whole = ['1: →9 by nobody', '7: 9→8 by take of order', '12: 8→9 by give of order', '15: 9→7 by tick of -'];
      const stock = recording.findProcess('stock')!;
      expect(drawHistory(recording, recording.history(stock)).split('\n')).toEqual(whole);
      expect(drawHistory(recording, recording.history(stock, { reverse: true })).split('\n')).toEqual(
        whole.toReversed(),
      );
      const within = { from: at(recording, 7), to: at(recording, 12) };
      expect(drawHistory(recording, recording.history(stock, within)).split('\n')).toEqual(whole.slice(1, 3));
    });
  });

  it('leads from a value back to whoever began it', () => {
    withChart(shop, (recording) => {
      const stock = recording.findProcess('stock')!;
      const took = recording.origin(stock, at(recording, 8))!;
      expect(took).toMatchObject({ looked: 2, gaveUp: false, gaps: [] });
      expect(word('term' in took.change!.value ? took.change!.value.term : undefined)).toBe('8');
      expect(drawTrail(recording, took.change!.seq)).toBe(
        [
          'stock state 8 7',
          'stock handle take 6',
          'stock arrive take 4',
          'order send take 4',
          'order handle buy 3',
          'order arrive buy 2',
          'customer send buy 2',
          'plain code: customer',
        ].join('\n'),
      );
    });
  });

  it('says where it guesses, and where nothing more is known', () => {
    withChart(shop, (recording) => {
      const stock = recording.findProcess('stock')!;
      const gave = recording.origin(stock, at(recording, 13))!;
      expect(drawTrail(recording, gave.change!.seq)).toBe(
        [
          'stock state 9 12',
          'stock handle give 11',
          'stock arrive give 10',
          'order send give 10',
          '? order arrive ask 9',
          '? customer send ask 9',
          'plain code: customer',
        ].join('\n'),
      );
      expect(recording.origin(stock, at(recording, 99))?.trail?.end).toBe('no message');
      expect(recording.origin(stock, at(recording, 1))?.trail?.end).toBe('found');
      expect(recording.origin(1, at(recording, 99))).toBeUndefined();
      const gaveUp = recording.origin(
        stock,
        at(recording, 99),
        (): Resolved => ({ missing: 'absent' }),
        () => false,
      );
      expect(gaveUp).toMatchObject({ change: undefined, gaveUp: true });
    });
  });

  it('knows what is on its way, and each crash once', () => {
    withChart(shop, (recording) => {
      // A message is sent and arrives in one line of a chart: the moment between is the send's.
      const [send] = [...recording.events({ kinds: ['send'] })];
      expect(recording.inFlight(recording.momentOf(send!.seq))).toMatchObject([{ sendSeq: send!.seq, from: 1, to: 2, arriveSeq: send!.seq + 1 }]); // prettier-ignore
      expect(recording.inFlight(recording.momentOf(send!.seq + 1))).toEqual([]);
      const crashes = [...recording.crashes()].map(({ ns, process, exitSeq, reason }) => [ns / LINE_NS, process, exitSeq > 0, word(reason)]); // prettier-ignore
      expect(crashes).toEqual([
        [16, 3, true, 'noreply'],
        [18, 2, true, 'boom'],
      ]);
    });
  });
});

describe('a crash', () => {
  const stack = tuple(atom('badarg'), { kind: 'list', elements: [tuple(atom('m'), atom('f'), int(1), charlist(''))] });
  it.each<[string, Term | undefined, boolean]>([
    ['normal', atom('normal'), false],
    ['shutdown', atom('shutdown'), false],
    ['{shutdown, _}', tuple(atom('shutdown'), int(1)), false],
    ['noproc', atom('noproc'), false],
    ['the result of a compiler worker', tuple(atom('ok'), binary('FOR1')), false],
    ['an error with its stack', stack, true],
    ['killed', atom('killed'), true],
    ['a call without an answer', tuple(atom('timeout'), tuple(atom('gen_server'), atom('call'))), true],
    ['the result of a compiler worker of Elixir 1.18', tuple(atom('ok'), binary('FOR1'), atom('undefined')), false],
    ['a reason of its own', tuple(atom('done'), int(1), int(2)), true],
    ['not recorded', undefined, false],
  ])('is told from other ends: %s', (_, reason, crash) => expect(isCrashReason(reason)).toBe(crash));
});

describe('the tree of processes', () => {
  const at = (id: number, parent: number): Parameters<typeof processTree>[0][number] => ({ id, parent, name: undefined, mailbox: undefined, stateBytes: undefined, links: [] }); // prettier-ignore
  const draw = (nodes: ReturnType<typeof processTree>): string =>
    nodes.map(({ process, children }) => `${process.id}${children.length > 0 ? `(${draw(children)})` : ''}`).join(' ');

  it('has orphans as roots, holds all of them, and breaks circles', () => {
    expect(draw(processTree([at(1, 0), at(2, 1), at(3, 1), at(4, 2), at(5, 99)]))).toBe('1(2(4) 3) 5');
    expect(draw(processTree([at(1, 2), at(2, 0)]))).toBe('2(1)');
    const circle = processTree([at(1, 3), at(2, 1), at(3, 2), at(4, 4)]);
    expect(draw(circle).match(/\d/g)).toHaveLength(4);
  });
});

describe('questions about the past', () => {
  const patterns = [
    '{:msg, _, _}',
    '{:state, 3, _}',
    '7',
    '{#Reference<0.2.1.4>, ...}',
    '{:msg, 11, _}',
    ':nowhere',
    '_',
  ];
  const texts = ['msg', 'ta', 'name', 'ring f', 'nowhere'];
  /** Changes more seldom than the state. */
  const third = (whole: Term): Resolved => {
    const count = whole.kind === 'tuple' ? whole.elements[1] : undefined;
    return count?.kind === 'integer' ? { term: int(Math.floor(Number(count.value) / 3)) } : { missing: 'absent' };
  };

  it.each(Array.from({ length: 16 }, (_, i) => i))('say what a slow model says (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed * 31_337 + 5);
      const path = join(dir, 'r.escope');
      const writer = createRecording({
        path,
        startedAtMs: 0,
        blockEvents: [3, 16, 100, 1000][seed % 4]!,
        segmentBlocks: 4,
      });
      const made = new RandomRecording(writer, seed + 500, 1000);
      made.run(400);
      writer.close();
      const recording = openRecording(path);
      const model = new SlowModel(made.rows, made.processes);
      const past = new SlowPast(model);
      const events = made.rows.length;
      for (let n = 0; n < 15; n++) {
        const seq = random.below(events + 1);
        const at = recording.momentOf(seq);
        const process = 1 + random.below(made.processes.length);
        const to = recording.momentOf(seq + random.below(events + 1 - seq));

        for (const part of [undefined, third]) {
          const query = { ...(part ? { part } : {}), from: at, to };
          const expected = past.history(process, part, seq, to.seq);
          expect([...recording.history(process, query)]).toEqual(expected);
          expect([...recording.history(process, { ...query, reverse: true })]).toEqual(expected.toReversed());
          const origin = past.history(process, part, 0, seq).at(-1);
          expect(recording.origin(process, at, part)?.change).toEqual(origin);
        }
        const { gaps: _, ...trail } = recording.trail(seq);
        expect(trail).toEqual(past.trail(seq));

        const some = <T>(list: readonly T[]): T[] => list.filter(() => random.chance(0.4));
        const filter = {
          ...(random.chance(0.4) ? { processes: [process, 1 + random.below(made.processes.length)] } : {}),
          ...(random.chance(0.4) ? { kinds: some(EVENT_KINDS) } : {}),
          ...(random.chance(0.2) ? { functions: [1 + random.below(8)] } : {}),
          ...(random.chance(0.5) ? { from: at } : {}),
          ...(random.chance(0.5) ? { to } : {}),
        };
        const pattern = parsePattern(patterns[random.below(patterns.length)]!);
        const text = texts[random.below(texts.length)]!;
        const seqs = (query: Parameters<Recording['occurrences']>[0], reverse = false): number[] =>
          [...recording.occurrences(query, { reverse })].map(({ event }) => event.seq);
        const matching = past.occurrences(filter, (part) => matchTerm(pattern, part) === 'yes');
        expect(seqs({ ...filter, pattern })).toEqual(matching);
        expect(seqs({ ...filter, pattern }, true)).toEqual(matching.toReversed());
        const withText = past.occurrences(filter, (part) => part.kind === 'atom' && part.name.includes(text));
        expect(seqs({ ...filter, text })).toEqual(withText);
        expect(seqs(filter)).toEqual(model.events(filter).map((event) => event.seq));

        expect(recording.inFlight(at)).toEqual(past.inFlight(seq));
        expect(recording.names(at)).toEqual(past.names(seq));
      }
      recording.close();
    });
  });
});

describe('searching recorded bytes', () => {
  const terms: [string, Term][] = [
    ['binary', tuple(atom('a'), binary('Grüße aus Köln'))],
    ['charlist', charlist('Grüße aus Köln')],
    ['ASCII charlist', charlist('well hidden here')],
    ['atom', atom('Elixir.Grüße')],
    ['export', { kind: 'export', module: 'lists', name: 'Grüße', arity: 1 }],
    ['function', { kind: 'function', text: '#Fun<Grüße.1.2>' }],
  ];
  const found = (recording: Recording, query: Parameters<Recording['occurrences']>[0]): string[] =>
    [...recording.occurrences(query)].map(({ event }) => terms[event.seq - 1]![0]);

  it('finds text wherever it may stand, and values by pattern', () => {
    withTempDir((dir) => {
      const path = join(dir, 'text.escope');
      const writer = createRecording({ path, startedAtMs: 0 });
      writer.addNode({ name: 'a@b', otp: '27', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: 1, end: undefined }); // prettier-ignore
      const atoms = new AtomList();
      // Indexes of two bytes and more too.
      for (let i = 0; i < 20_000; i++) atoms.index(`atom${i}`);
      const payloads = terms.map(([, term]) => encodeTerms([term], atoms));
      for (let i = 0; i < atoms.size; i++) writer.defineAtom(0, i, atoms.name(i)!);
      for (const payload of payloads)
        writer.append({ kind: kindCode('log'), flags: 0, ns: 1, process: 0, peer: 0, fn: 0, cause: 0, payload });
      writer.close();
      const recording = openRecording(path);
      expect(found(recording, { text: 'Grüße' })).toEqual(['binary', 'charlist', 'atom', 'export', 'function']);
      expect(found(recording, { text: 'hidden' })).toEqual(['ASCII charlist']);
      expect(found(recording, { text: 'grüße' })).toEqual([]);
      expect(found(recording, { pattern: parsePattern(':"Elixir.Grüße"') })).toEqual(['atom']);
      expect(found(recording, { pattern: parsePattern('"Grüße" <> _') })).toEqual(['binary']);
      expect(found(recording, { pattern: parsePattern("'well hidden here'") })).toEqual(['ASCII charlist']);
      expect(found(recording, { pattern: parsePattern('{:a, ...}') })).toEqual(['binary']);
      recording.close();
    });
  });
});
