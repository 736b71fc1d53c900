import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessInfo } from '../model.js';
import { Dictionary, DictionaryWriter } from './dictionary.js';

const text = fc.option(fc.string({ maxLength: 8 }), { nil: undefined });
const number = fc.nat({ max: 2 ** 40 });
const fields = fc.record({ node: fc.nat({ max: 3 }), number: fc.nat({ max: 5 }), serial: fc.nat({ max: 1 }), spawnSeq: fc.nat({ max: 50 }), exitSeq: fc.nat({ max: 90 }), parent: number, fn: number, behaviour: text, name: text, label: text }); // prettier-ignore
const change = fc.record({ exitSeq: fc.nat({ max: 90 }), name: text, label: text }, { requiredKeys: [] });
const step = fc.oneof(
  fields.map((info) => ({ info })),
  fc.tuple(fc.nat(), change).map(([of, changed]) => ({ of, changed })),
  fc.constantFrom('frame', 'all'),
);

describe('the table of processes', () => {
  it('knows what was said last, in whichever frames it came and whenever it was asked', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const writer = new DictionaryWriter();
        const dictionary = new Dictionary();
        const model: ProcessInfo[] = [];
        const flush = (): void => {
          const frame = writer.take();
          if (frame) expect(dictionary.read(frame)).toBe(frame.length);
        };
        for (const one of steps) {
          if (one === 'frame') flush();
          else if (one === 'all') expect(dictionary.processes.length).toBe(dictionary.table.count);
          else if ('info' in one) {
            writer.process(one.info);
            model.push({ id: model.length + 1, ...one.info });
          } else if (model.length > 0) {
            const id = 1 + (one.of % model.length);
            writer.update(id, one.changed);
            Object.assign(model[id - 1]!, one.changed);
          }
        }
        flush();
        const { table } = dictionary;
        expect(model.map(({ id }) => table.get(id))).toEqual(model);
        expect(dictionary.processes).toEqual(model);
        expect([table.get(0), table.get(model.length + 1), table.nodeOf(0)]).toEqual([undefined, undefined, 0]);
        for (const { id, node, spawnSeq, exitSeq } of model) {
          expect(table.nodeOf(id)).toBe(node);
          for (const seq of [0, 25, 60, 95])
            expect(table.livesAt(id, seq)).toBe(spawnSeq <= seq && (exitSeq === 0 || exitSeq > seq));
        }
        const ids = (keep: (info: ProcessInfo) => boolean): number[] => model.filter(keep).map(({ id }) => id);
        expect(table.byPid(3, 1)).toEqual(ids((info) => info.number === 3 && info.serial === 1));
        expect(table.named('a')).toEqual(ids((info) => info.name === 'a'));
      }),
    );
  });

  it('puts each process into the application told of it, or else of the nearest it descends from', () => {
    const family = fc.record({
      parent: fc.nat({ max: 12 }),
      application: fc.constantFrom(undefined, '', 'shop', 'web'),
    });
    const later = fc.record({ of: fc.nat(), application: fc.constantFrom('', 'shop', 'late') });
    fc.assert(
      fc.property(
        fc.array(family, { minLength: 1, maxLength: 12 }),
        fc.array(later, { maxLength: 6 }),
        (born, told) => {
          const writer = new DictionaryWriter();
          const dictionary = new Dictionary();
          const model: { parent: number; application: string | undefined }[] = born.map((each) => ({ ...each }));
          const nearest = (id: number, seen: number[] = []): string | undefined => {
            const one = model[id - 1];
            if (one === undefined || seen.includes(id)) return undefined;
            return one.application ?? nearest(one.parent, [...seen, id]);
          };
          const check = (): void => {
            dictionary.read(writer.take() ?? new Uint8Array());
            const expected = model.map((_, i) => nearest(i + 1));
            expect(model.map((_, i) => dictionary.table.get(i + 1)!.application)).toEqual(expected);
            expect(dictionary.processes.map((each) => each.application)).toEqual(expected);
          };
          for (const { parent, application } of born)
          writer.process({ node: 0, number: 1, serial: 0, spawnSeq: 0, exitSeq: 0, parent, fn: 0, behaviour: undefined, name: undefined, label: undefined, application }); // prettier-ignore
          check();
          for (const { of, application } of told) {
            const id = 1 + (of % model.length);
            writer.update(id, { application });
            model[id - 1]!.application = application;
            check();
          }
        },
      ),
    );
  });
});
