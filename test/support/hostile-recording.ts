/**
 * What a program may put into its names, values and sources to trouble whoever looks: markup, scripts, terminal escapes, marks that turn the reading
 * direction, ten megabytes, bytes that are no text. A shop of two processes, every text of which is one of these.
 */
import { Flags } from '../../src/recording/index.js';
import { atom, binary, int, list, localPid, map, tuple, type Term } from '../../src/term/index.js';
import { MemoryRecording } from './memory-recording.js';

export const MARKUP = '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>';
export const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u001b[31mred';
export const TURNED = 'user\u202eexe.txt\u2066 אבג \u200f';
export const MEGABYTES = 10 * 2 ** 20;

export interface HostileRecording {
  recording: MemoryRecording;
  server: number;
  client: number;
  /** A state of the server before the last. */
  state: number;
}

export function hostileRecording(): HostileRecording {
  const recording = new MemoryRecording();
  recording.command = `mix ${MARKUP} ${ESCAPES} ${TURNED}`;
  const module = `Elixir.${MARKUP}`;
  const server = recording.addProcess({ number: 100, spawnSeq: 0, exitSeq: 0, parent: 0, fn: recording.fn(module, 'init', 1), behaviour: MARKUP, name: MARKUP, label: ESCAPES }); // prettier-ignore
  const client = recording.addProcess({ number: 101, spawnSeq: 0, exitSeq: 0, parent: server, fn: recording.fn(ESCAPES, TURNED, 3), behaviour: undefined, name: undefined, label: TURNED }); // prettier-ignore
  recording.sourceList.push({
    node: 0,
    module,
    file: `/app/${MARKUP}/${TURNED}.ex`,
    language: 'elixir',
    text: `defmodule M do\n  # ${TURNED}\n  "${MARKUP}"\n  '${ESCAPES}\u0000'\n  def handle_info(${'x'.repeat(100_000)}), do: 1\nend\n`,
    why: MARKUP,
  });
  const invalid: Term = { kind: 'binary', bytes: Uint8Array.from([0xff, 0xfe, 0x3c, 0x62, 0x3e, 0xc0, 0x80]), size: 7 };
  const huge = new Uint8Array(MEGABYTES).fill(0x3c);
  const deep = Array.from({ length: 500 }).reduce<Term>((inner) => list([inner]), atom(MARKUP));
  const state = (round: number): Term =>
    map([
      [binary(MARKUP), binary(`${MARKUP}${String(round)}`)],
      [binary(ESCAPES), binary(ESCAPES)],
      [binary(TURNED), tuple(atom(TURNED), binary(TURNED))],
      [atom('invalid'), invalid],
      [atom('huge'), { kind: 'binary', bytes: huge, size: MEGABYTES }],
      [atom('deep'), deep],
      [atom('round'), int(round)],
      [atom('peer'), localPid(101, 0)],
    ]);
  const handleInfo = recording.fnAt(module, 'handle_info', 2, 5);
  const line = recording.point(handleInfo, {
    what: 'line',
    line: 5,
    column: 0,
    label: MARKUP,
    names: [{ name: MARKUP, line: 5 }],
  });
  let seq = 0;
  for (let round = 1; round <= 5; round++) {
    const ns = round * 1_000_000;
    const message = tuple(atom(MARKUP), binary(TURNED), binary(ESCAPES), invalid);
    const send = recording.add('send', ns, client, { peer: server, terms: [message] });
    const arrive = recording.add('arrive', ns + 1_000, server, { peer: client, cause: send, terms: [message] });
    const handle = recording.add('handle', ns + 2_000, server, { fn: handleInfo, cause: arrive, terms: [message] });
    const call = recording.add('call', ns + 2_500, server, { fn: handleInfo, cause: handle, terms: [list([message])] });
    recording.add('line', ns + 3_000, server, { fn: line, cause: call, terms: [list([message])] });
    recording.add('return', ns + 3_500, server, { fn: handleInfo, cause: call, terms: [message] });
    recording.add('handled', ns + 4_000, server, { fn: handleInfo, cause: handle, terms: [message] });
    seq = recording.add('state', ns + 5_000, server, {
      fn: handleInfo,
      cause: handle,
      flags: Flags.CHANGED,
      terms: [state(round)],
    });
    recording.add('log', ns + 6_000, server, {
      terms: [
        map([
          [atom('level'), atom('error')],
          [atom('message'), binary(`${MARKUP} ${ESCAPES}`)],
        ]),
      ],
    });
  }
  recording.add('exit', 7_000_000, client, { terms: [tuple(atom(MARKUP), binary(ESCAPES))] });
  recording.infos[client - 1]!.exitSeq = recording.list.length;
  recording.holes.push({ reason: MARKUP, count: 3, fromNs: 100, toNs: 900_000 });
  return { recording, server, client, state: seq };
}
