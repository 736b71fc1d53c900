/** Recordings at the edges: hardly anything in them, or more of one thing than fits two bytes. */
import { describe, expect, it, vi } from 'vitest';
import { AtomList, atom, binary, encodeTerm, int, map, tuple } from '../term/index.js';
import { createRecording, openRecording, verifyRecording, type BulkRecording, type RecordingWriter } from './index.js';
import { kindCode, type EventRow } from './model.js';
import { MemoryDisk } from './testing/index.js';

vi.setConfig({ testTimeout: 120_000 });

const PATH = '/disk/r.escope';
const NODE = { name: 'a@b', otp: '27', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: undefined, end: undefined } as const; // prettier-ignore
const nothing = new Uint8Array(0);

/** Writes with `make`, checks that all of it is whole, and asks. */
function recorded(make: (writer: RecordingWriter) => void, ask: (recording: BulkRecording) => void): void {
  const disk = new MemoryDisk();
  const writer = createRecording({ path: PATH, startedAtMs: 0, disk });
  make(writer);
  writer.close();
  expect(verifyRecording(PATH, disk)).toMatchObject({ sound: true, finished: true, problems: [] });
  const recording = openRecording(PATH, { disk });
  ask(recording);
  recording.close();
}

const add = (writer: RecordingWriter, kind: Parameters<typeof kindCode>[0], row: Partial<EventRow>): number =>
  writer.append({ kind: kindCode(kind), flags: 0, ns: writer.events * 10, process: 0, peer: 0, fn: 0, cause: 0, payload: nothing, ...row }); // prettier-ignore

function addProcess(writer: RecordingWriter, number: number, name?: string): number {
  return writer.addProcess({ node: 0, number, serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: 'gen_server', name, label: undefined }); // prettier-ignore
}

describe('a recording', () => {
  it('may have no event at all', () => {
    recorded(
      () => undefined,
      (recording) => {
        expect(recording.info()).toMatchObject({ events: 0, processes: 0, gaps: [], kinds: {} });
        expect([...recording.events({})]).toEqual([]);
        expect(recording.end()).toEqual({ seq: 0, ns: 0 });
        expect(recording.state(1, recording.end())).toBeUndefined();
        expect(recording.mailbox(1, recording.end())).toMatchObject({ messages: [], total: 0 });
        expect(recording.links(1, recording.end())).toEqual([]);
        expect(recording.names(recording.end())).toEqual([]);
        expect(recording.processesAt(recording.end())).toEqual([]);
        expect([...recording.history(1)]).toEqual([]);
        expect(recording.origin(1, recording.end())).toBeUndefined();
        expect([...recording.occurrences({ text: 'x' })]).toEqual([]);
        expect(recording.stack(1, recording.end()).frames).toEqual([]);
        expect([...recording.timeline({ fromNs: 0, toNs: 10, bins: 2, processes: [1] }).counts]).toEqual([0, 0]);
      },
    );
  });

  it('may have one', () => {
    recorded(
      (writer) => {
        writer.addNode(NODE);
        addProcess(writer, 1);
        add(writer, 'state', { process: 1, ns: 5, payload: encodeTerm(int(7), new AtomList()) });
      },
      (recording) => {
        expect(recording.info()).toMatchObject({ events: 1, ns: 5, kinds: { state: 1 } });
        expect(recording.state(1, recording.end())).toMatchObject({ seq: 1, value: { kind: 'integer', value: 7 } });
        expect([...recording.history(1)]).toHaveLength(1);
        expect([...recording.timeline({ fromNs: 0, toNs: 10, bins: 2, processes: [1] }).counts]).toEqual([0, 1]);
      },
    );
  });

  it('may have more processes, names and functions than two bytes count', () => {
    const many = 70_000;
    const atoms = new AtomList();
    recorded(
      (writer) => {
        writer.addNode(NODE);
        writer.defineAtom(0, 0, 'm');
        atoms.index('m');
        for (let i = 1; i <= many; i++) {
          const name = atoms.index(`name${i}`);
          writer.defineAtom(0, name, `name${i}`);
          if (writer.functionId(0, 0, name, i % 3) !== i || addProcess(writer, i, `name${i}`) !== i) throw new Error('not in order'); // prettier-ignore
        }
        for (let i = 1; i <= many; i++) {
          add(writer, 'register', { process: i, payload: encodeTerm(atom(`name${i}`), atoms) });
          add(writer, 'call', { process: i, fn: i });
          add(writer, 'state', { process: i, fn: i, flags: 2, payload: encodeTerm(int(i), atoms) });
          if (i > 1) add(writer, 'link', { process: i, peer: i - 1 });
        }
      },
      (recording) => {
        const end = recording.end();
        expect(recording.info()).toMatchObject({ processes: many, events: many * 4 - 1 });
        for (const id of [1, 2, 65_535, 65_536, 65_537, many]) {
          expect(recording.state(id, end)?.value).toEqual(int(id));
          expect(recording.links(id, end)).toEqual([id - 1, id + 1].filter((other) => other >= 1 && other <= many));
          expect(recording.findProcess(`:name${id}`, end)).toBe(id);
          expect(recording.function(id)).toMatchObject({ module: 'm', name: `name${id}`, arity: id % 3 });
          const calls = [...recording.events({ functions: [id], kinds: ['call'] })];
          expect(calls.map(({ process, fn }) => [process, fn])).toEqual([[id, id]]);
          const { counts } = recording.timeline({ fromNs: 0, toNs: end.ns + 1, bins: 1, processes: [id] });
          expect([...counts]).toEqual([id === 1 ? 3 : 4]);
        }
        expect(recording.names(end)).toHaveLength(many);
      },
    );
  });

  it('may be half of one process', () => {
    const events = 150_000;
    recorded(
      (writer) => {
        writer.addNode(NODE);
        for (let i = 0; i < 100; i++) addProcess(writer, i);
        for (let i = 0; i < events; i++) {
          const process = i % 2 === 0 ? 1 : 2 + (i % 99);
          add(writer, i % 20 === 0 ? 'state' : 'call', { process, payload: i % 20 === 0 ? Uint8Array.of(i % 100) : nothing }); // prettier-ignore
        }
      },
      (recording) => {
        const at = recording.momentOf(100_003);
        expect(recording.state(1, at)).toMatchObject({ seq: 100_001, value: { kind: 'integer', value: 0 } });
        const { counts } = recording.timeline({ fromNs: 0, toNs: events * 10, bins: 10, processes: [1] });
        expect([...counts]).toEqual(new Array(10).fill(events / 20));
        expect([...recording.events({ processes: [1], from: at })]).toHaveLength((events - 100_002) / 2);
      },
    );
  });

  it('may have a mailbox of a hundred thousand messages', () => {
    const waiting = 100_000;
    const atoms = new AtomList();
    const message = (i: number): Uint8Array => encodeTerm(tuple(int(i), binary('work')), atoms);
    recorded(
      (writer) => {
        writer.addNode(NODE);
        addProcess(writer, 1);
        addProcess(writer, 2);
        const first = add(writer, 'arrive', { process: 1, peer: 2, payload: message(0) });
        add(writer, 'handle', { process: 1, cause: first, payload: message(0) });
        for (let i = 1; i <= waiting; i++) {
          const send = add(writer, 'send', { process: 2, peer: 1, payload: message(i) });
          add(writer, 'arrive', { process: 1, peer: 2, cause: send, payload: message(i) });
        }
      },
      (recording) => {
        const end = recording.end();
        const { messages, total, exact } = recording.mailbox(1, end, 3);
        expect([messages.map(({ message: term }) => term), total, exact]).toEqual([[1, 2, 3].map((i) => tuple(int(i), binary('work'))), waiting, true]); // prettier-ignore
        expect(recording.mailbox(1, end).messages).toHaveLength(waiting);
        expect(recording.processesAt(end)[0]).toMatchObject({ id: 1, mailbox: waiting });
      },
    );
  });

  it('may hold states of ten megabytes', () => {
    const atoms = new AtomList();
    const state = (i: number): Uint8Array =>
      encodeTerm(map([[atom('blob'), binary('x'.repeat(10 << 20))], [atom('version'), int(i)]]), atoms); // prettier-ignore
    recorded(
      (writer) => {
        writer.addNode(NODE);
        addProcess(writer, 1);
        for (let i = 0; i < 5; i++) {
          add(writer, 'call', { process: 1 });
          add(writer, 'state', { process: 1, flags: 2, payload: state(i) });
        }
        for (let i = 0; i < atoms.size; i++) writer.defineAtom(0, i, atoms.name(i)!);
      },
      (recording) => {
        const value = recording.state(1, recording.momentOf(5))?.value;
        expect(value?.kind === 'map' ? value.entries[1] : undefined).toEqual([atom('version'), int(1)]);
        const version = { kind: 'key', key: ':version' } as const;
        const found = recording.origin(1, recording.end(), [version]);
        expect([found?.change?.seq, found?.change?.value]).toEqual([10, { term: int(4) }]);
        // The blob was never another.
        expect(recording.origin(1, recording.end(), [{ kind: 'key', key: ':blob' }])?.change?.seq).toBe(2);
        expect([...recording.history(1, { part: [version] })]).toHaveLength(5);
      },
    );
  });
});
