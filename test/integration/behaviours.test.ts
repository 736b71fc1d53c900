import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Flags, openRecording, type Recording } from '../../src/recording/index.js';
import { printTerm } from '../../src/term/index.js';
import { CHECKOUT, elixirscope, elixirscopeJson, RELEASES, type Finished } from '../support/elixirscope.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

const PROGRAM = join(CHECKOUT, 'test/integration/programs/behaviours.exs');

interface StateJson {
  pid: string;
  value: string;
  changed: { seq: number; message: string; from: string; sendSeq: number; arriveSeq: number };
  diff?: string[];
}

describe.each(RELEASES)('a program with one of each behaviour, on $name', ({ prefix }) => {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-test-'));
  const path = join(directory, 'behaviours.escope');
  let run: Finished;
  let recording: Recording;

  beforeAll(async () => {
    run = await elixirscope(['run', '--out', path, '--', ...prefix, 'elixir', PROGRAM]);
    recording = openRecording(path);
    return () => {
      recording.close();
      rmSync(directory, { recursive: true, force: true });
    };
  });

  const elixir = (value: Parameters<typeof printTerm>[0]): string => printTerm(value, { syntax: 'elixir' });

  it('runs as always: its output and its exit status', () => {
    expect(run.stdout).toMatch(/program says hello\n$/);
    expect(run.code).toBe(3);
  });

  it('is recorded whole, with the native engine', () => {
    const info = recording.info();
    expect(info.gaps).toEqual([]);
    expect(info.nodes).toHaveLength(1);
    expect(info.nodes[0]?.engine).toBe('nif');
    expect(info.exitStatus).toBe('3');
    for (const kind of ['spawn', 'exit', 'send', 'arrive', 'handle', 'handled', 'state', 'register'] as const)
      expect(info.kinds[kind]).toBeGreaterThan(0);
  });

  it('shows every state that a GenServer went through, without its password', () => {
    const counter = recording.processes().find((process) => process.name === 'Elixir.Counter' && process.exitSeq > 0);
    const states = [...recording.stateChanges(counter?.id ?? 0, recording.end())].reverse().map(({ seq }) => {
      const state = recording.state(counter?.id ?? 0, recording.momentOf(seq));
      return state && elixir(state.value);
    });
    expect(states).toEqual([
      '%{count: 0, password: ‹redacted›}',
      ...[1, 3, 6, 10, 15].map((count) => `%{count: ${count}, password: ‹redacted›}`),
      '%{count: 15, password: ‹redacted›, ticked: true}',
    ]);
  });

  it('says which message changed a state, and who sent it', async () => {
    const counter = recording.processes().find((process) => process.name === 'Elixir.Counter' && process.exitSeq > 0);
    const fifth = [...recording.stateChanges(counter?.id ?? 0, recording.end())][1];
    const state = await elixirscopeJson<StateJson>(['state', path, 'Counter', '--at', `#${fifth?.seq}`, '--diff']);
    expect(state.value).toBe('%{count: 15, password: ‹redacted›}');
    expect(state.changed.message).toBe('{:add, 5}');
    const sender = recording.event(state.changed.sendSeq);
    expect(sender?.kind).toBe('send');
    expect(sender?.terms[0] && elixir(sender.terms[0])).toBe('{:"$gen_cast", {:add, 5}}');
    expect(state.diff?.join('\n')).toMatch(/count.*10.*15/s);
  });

  it('shows gen_statem, Agent and Task', () => {
    const door = recording.findProcess('door');
    const states = [...recording.stateChanges(door ?? 0, recording.end())].reverse().map(({ seq }) => {
      const state = recording.state(door ?? 0, recording.momentOf(seq));
      return state && elixir(state.value);
    });
    expect(states).toEqual([
      '{:locked, %{code: 1234, opened: 0}}',
      '{:open, %{code: 1234, opened: 1}}',
      '{:locked, %{code: 1234, opened: 1}}',
    ]);
    const notes = recording.state(recording.findProcess('notes') ?? 0, recording.end());
    expect(notes && elixir(notes.value)).toBe('[:second, :first]');
    expect(recording.processes().some((process) => process.behaviour === 'task')).toBe(true);
  });

  it('pairs replies through aliases: each request and its reply', () => {
    const door = recording.findProcess('door') ?? 0;
    const replies = [...recording.events({ processes: [door], kinds: ['send'] })].filter((event) =>
      /, :(ok|wrong)}$/.test(event.terms[0] ? elixir(event.terms[0]) : ''),
    );
    expect(replies).toHaveLength(2);
    const arrivals = [...recording.events({ kinds: ['arrive'] })].map((event) => event.cause);
    for (const reply of replies) {
      expect(reply.peer).toBeGreaterThan(0);
      expect(arrivals).toContain(reply.seq);
    }
  });

  it('shows the crash, its report and the restart', () => {
    const raised = [...recording.events({ kinds: ['handled'] })].filter((event) => event.flags & Flags.RAISED);
    expect(raised).toHaveLength(1);
    expect(raised[0]?.terms[0] && elixir(raised[0].terms[0])).toContain('boom at 15');
    const counters = recording.processes().filter((process) => process.name === 'Elixir.Counter');
    expect(counters).toHaveLength(2);
    expect(counters[1]?.parent).toBe(counters[0]?.parent);
    const logs = [...recording.events({ kinds: ['log'] })].map((event) =>
      event.terms[0] ? elixir(event.terms[0]) : '',
    );
    expect(logs.some((log) => log.includes('boom at 15'))).toBe(true);
  });

  it('knows the mailbox of a behaviour exactly, and says so where it does not', () => {
    const counter = recording.processes().find((process) => process.name === 'Elixir.Counter' && process.exitSeq > 0);
    const first = [...recording.events({ processes: [counter?.id ?? 0], kinds: ['handle'] })].find(
      (event) => event.terms[0] && elixir(event.terms[0]) === '{:add, 1}',
    );
    const before = recording.momentOf((first?.seq ?? 1) - 1);
    expect(recording.mailbox(counter?.id ?? 0, before).messages.map((message) => elixir(message.message))).toContain(
      '{:"$gen_cast", {:add, 1}}',
    );
    expect(recording.mailbox(counter?.id ?? 0, before).exact).toBe(true);
    const plain = [...recording.events({ kinds: ['arrive'] })].find(
      (event) => event.terms[0] && /\{:ping,/.test(elixir(event.terms[0])),
    );
    expect(recording.mailbox(plain?.process ?? 0, recording.momentOf(plain?.seq ?? 0)).exact).toBe(false);
  });
});
