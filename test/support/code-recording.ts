/** A recording with code in it: calls inside calls, lines, variables, expressions, samples of memory, a plan that changes. */
import { Flags } from '../../src/recording/index.js';
import { atom, binary, int, list as listOf, map, tuple, type Term } from '../../src/term/index.js';
import { MemoryRecording } from './memory-recording.js';

const list = (...elements: Term[]): Term => listOf(elements);

export interface CodeRecording {
  recording: MemoryRecording;
  depot: number;
  client: number;
  /** The `take`s, each with the events of what it did. `inside`: the deepest line of `subtract`. */
  takes: { handle: number; call: number; lines: Record<number, number>; inside: number; left: number; count: number }[];
}

export const DEPOT = `defmodule Depot do
  @moduledoc """
  Counts boxes. <script>alert("text")</script> \u202eright to left
  """
  use GenServer

  @impl true
  def handle_call({:take, item, count}, _from, depot) do
    left = Map.fetch!(depot.boxes, item)
    rest = subtract(left, count)
    note = "<b>#{item}</b>"
    {:reply, {:ok, rest}, %{depot | boxes: Map.put(depot.boxes, item, rest), note: note}}
  end

  def subtract(left, 0), do: left

  def subtract(left, count) do
    rest = subtract(left, count - 1)
    rest - 1
  end

  def never(x) do
    IO.puts("not reached: #{x}")
  end
end
`;
const DEPOT_LOG = `%% Writes what the depot does.
-module(depot_log).
-export([line/1]).

line({taken, Item, Count}) when is_integer(Count) ->
    io:format("~ts: ~b~n", [Item, Count]);
line(_) ->
    ok.
`;

/** `takes` orders, one a millisecond. */
export function codeRecording(takes = 40): CodeRecording {
  const recording = new MemoryRecording();
  const process = (name: string, module: string, number: number, behaviour: string | undefined): number =>
    recording.addProcess({ number, spawnSeq: 0, exitSeq: 0, parent: 0, fn: recording.fn(module, 'init', 1), behaviour, name, label: undefined }); // prettier-ignore
  const depot = process('Elixir.Depot', 'Elixir.Depot', 120, 'gen_server');
  const client = process('client', 'Elixir.Client', 121, undefined);
  recording.sourceList.push(
    { node: 0, module: 'Elixir.Depot', file: '/app/lib/depot.ex', language: 'elixir', text: DEPOT, why: undefined },
    { node: 0, module: 'depot_log', file: '/app/src/depot_log.erl', language: 'erlang', text: DEPOT_LOG, why: 'the file is newer than the module' },
    { node: 0, module: 'Elixir.Gone', file: '/app/lib/gone.ex', language: 'elixir', text: undefined, why: 'no such file on the node' },
  ); // prettier-ignore
  const module = 'Elixir.Depot';
  const handleCall = recording.fnAt(module, 'handle_call', 3, 8);
  const subtract = recording.fnAt(module, 'subtract', 2, 15);
  recording.fnAt(module, 'never', 1, 22);
  const point = (fn: number, line: number, names: [string, number][], label = ''): number =>
    recording.point(fn, {
      what: 'line',
      line,
      column: 0,
      label,
      names: names.map(([name, at]) => ({ name, line: at })),
    });
  const lines = {
    9: point(handleCall, 9, [['item', 8], ['count', 8], ['depot', 8]]),
    10: point(handleCall, 10, [['left', 9]]),
    11: point(handleCall, 11, [['rest', 10]]),
    12: point(handleCall, 12, [['note', 11]]),
    15: point(subtract, 15, [['left', 15]]),
    18: point(subtract, 18, [['left', 17], ['count', 17]]),
    19: point(subtract, 19, [['rest', 18]]),
  }; // prettier-ignore
  const put = recording.point(handleCall, { what: 'expression', line: 12, column: 36, label: 'Map.put(depot.boxes, item, rest)', names: [] }); // prettier-ignore
  point(recording.fnAt(module, 'never', 1, 22), 23, [['x', 22]]);

  const out: CodeRecording = { recording, depot, client, takes: [] };
  const boxes = new Map([
    ['mug', 500],
    ['<img src=x onerror=alert(1)>', 900],
  ]);
  const depotTerm = (note: string): Term =>
    map([
      [atom('boxes'), map([...boxes].map(([name, left]) => [binary(name), int(left)]))],
      [atom('note'), binary(note)],
    ]);
  let ns = 1_000_000;
  let note = '';
  recording.add('state', ns, depot, { flags: Flags.BEFORE, terms: [depotTerm(note)] });
  for (let i = 0; i < takes; i++) {
    ns = (i + 2) * 1_000_000;
    const item = i % 3 === 2 ? '<img src=x onerror=alert(1)>' : 'mug';
    const count = 2 + (i % 4);
    const left = boxes.get(item)!;
    const message = tuple(atom('take'), binary(item), int(count));
    const next = (): number => (ns += 4_000);
    const send = recording.add('send', next(), client, { peer: depot, terms: [message] });
    const arrive = recording.add('arrive', next(), depot, { peer: client, cause: send, terms: [message] });
    const handle = recording.add('handle', next(), depot, { fn: handleCall, cause: arrive, terms: [message] });
    const call = recording.add('call', next(), depot, { fn: handleCall, cause: handle, terms: [list(message, tuple(atom('from')), depotTerm(note))] }); // prettier-ignore
    const at: Record<number, number> = {};
    const line = (of: number, number: keyof typeof lines, ...values: Term[]): number =>
      (at[number] = recording.add('line', next(), depot, { fn: lines[number], cause: of, terms: [list(...values)] }));
    line(call, 9, binary(item), int(count), depotTerm(note));
    line(call, 10, int(left));
    let inside = 0;
    const recurse = (n: number, cause: number): void => {
      const each = recording.add('call', next(), depot, { fn: subtract, cause, terms: [list(int(left), int(n))] });
      if (n === 0) inside = line(each, 15, int(left));
      else {
        line(each, 18, int(left), int(n));
        recurse(n - 1, each);
        line(each, 19, int(left - n + 1));
      }
      recording.add('return', next(), depot, { fn: subtract, cause: each, terms: [int(left - n)] });
    };
    recurse(count, call);
    boxes.set(item, left - count);
    note = `<b>${item}</b>`;
    line(call, 11, int(left - count));
    line(call, 12, binary(note));
    recording.add('expression', next(), depot, { fn: put, cause: call, terms: [map([[binary(item), int(left - count)]])] }); // prettier-ignore
    const result = tuple(atom('reply'), tuple(atom('ok'), int(left - count)), depotTerm(note));
    recording.add('return', next(), depot, { fn: handleCall, cause: call, terms: [result] });
    recording.add('handled', next(), depot, { fn: handleCall, cause: handle, terms: [tuple(atom('reply'), { kind: 'stateMark' })] }); // prettier-ignore
    recording.add('state', ns, depot, {
      fn: handleCall,
      cause: handle,
      flags: Flags.CHANGED,
      terms: [depotTerm(note)],
    });
    if (i % 2 === 0) {
      const look = tuple(int(40_000 + 900 * i), int(Math.round(20 + 19 * Math.sin(i / 4))), int(i * 1000), int(233));
      recording.add('memory', next(), depot, { terms: [look] });
    }
    out.takes.push({ handle, call, lines: at, inside, left, count });
  }
  const why = tuple(atom('lines'), atom('values'), binary('cost 7 % of the time'));
  recording.add('plan', (ns += 1_000), 0, { fn: subtract, terms: [why] });
  recording.add('count', (ns += 1_000), 0, { fn: subtract, terms: [tuple(int(12_000), int(ns - 500), int(ns))] });
  recording.add('exit', (ns += 500_000), client, { terms: [atom('normal')] });
  recording.infos[client - 1]!.exitSeq = recording.list.length;
  return out;
}

/** A module of so many lines, each executed once, for what is virtual. */
export function longRecording(count = 10_000): MemoryRecording {
  const { recording, depot } = codeRecording(3);
  const module = 'Elixir.Long';
  const text = ['defmodule Long do'];
  const fn = recording.fnAt(module, 'run', 1, 2);
  text.push('  def run(x) do');
  const call = recording.add('call', recording.end().ns + 1_000, depot, { fn, terms: [list(int(1))] });
  for (let i = 3; i < count; i++) {
    text.push(`    x = x + ${String(i)} # line ${String(i)} ${i % 50 === 0 ? 'long '.repeat(200) : ''}`);
    const point = recording.point(fn, { what: 'line', line: i, column: 0, label: '', names: [{ name: 'x', line: Math.max(2, i - 1) }] }); // prettier-ignore
    recording.add('line', recording.end().ns + 500, depot, { fn: point, cause: call, terms: [list(int(i))] });
  }
  text.push('  end', 'end');
  recording.sourceList.push({ node: 0, module, file: '/app/lib/long.ex', language: 'elixir', text: text.join('\n'), why: undefined }); // prettier-ignore
  return recording;
}
