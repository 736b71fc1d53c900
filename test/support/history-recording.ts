/** A recording on disk of processes with a past: a value that travels, one that changes all the time, one that is huge, one that did nothing. */
import { createRecording, Flags, kindCode, type EventKind } from '../../src/recording/index.js';
import {
  atom,
  AtomList,
  binary,
  encodeTerms,
  int,
  list,
  localPid,
  map,
  tuple,
  type Term,
} from '../../src/term/index.js';

export interface Past {
  client: number;
  desk: number;
  store: number;
  busy: number;
  huge: number;
  idle: number;
  /** The send that brought the value to the desk, that which brought it to the store, and the changes of state they led to. */
  toDesk: number;
  toStore: number;
  deskState: number;
  storeState: number;
  /** The store watches the desk from here on. */
  watched: number;
  /** After all of that. */
  end: number;
  /** Changes of the busy one, in order. */
  changes: number[];
}

export const ORDER = 'order-4711';

const NAMES = ['Client', 'TheDesk', 'TheStore', 'Busy', 'HugeOne', 'Idle'];
const numberOf = (name: string): number => 100 + NAMES.indexOf(name);

export function writePast(path: string, busyChanges: number, hugeEntries = 20_000): Past {
  const writer = createRecording({ path, startedAtMs: Date.UTC(2026, 0, 1) });
  writer.addNode({ name: 'past@localhost', otp: '27', elixir: '1.18.4', engine: 'nif', engineWhy: undefined, osPid: undefined, end: 'exit status 0' }); // prettier-ignore
  const atoms = new AtomList();
  let ns = 1_000;
  const process = (name: string, behaviour: string | undefined): number =>
    writer.addProcess({ node: 0, number: numberOf(name), serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour, name: `Elixir.Past.${name}`, label: undefined }); // prettier-ignore
  const fn = (module: string, name: string, arity: number): number =>
    writer.functionId(0, atoms.index(`Elixir.Past.${module}`), atoms.index(name), arity);
  const add = (kind: EventKind, process: number, terms: Term[], rest: Partial<{ peer: number; cause: number; fn: number; flags: number }> = {}): number =>
    writer.append({ kind: kindCode(kind), flags: 0, ns: (ns += 1_000), process, peer: 0, fn: 0, cause: 0, payload: encodeTerms(terms, atoms), ...rest }); // prettier-ignore

  const client = process('Client', undefined);
  const desk = process('TheDesk', 'gen_server');
  const store = process('TheStore', 'gen_server');
  const busy = process('Busy', 'gen_server');
  const huge = process('HugeOne', 'gen_server');
  const idle = process('Idle', undefined);

  /** A message that is sent, arrives and is handled; `then` says what the handling leaves behind. */
  const exchange = (
    from: number,
    to: number,
    name: string,
    message: Term,
    cause: number,
    state: Term | undefined,
    then: (handle: number) => void = () => undefined,
  ): { send: number; state: number } => {
    const send = add('send', from, [message], { peer: to, cause });
    const arrive = add('arrive', to, [message], { peer: from, cause: send });
    const callback = fn(name, 'handle_cast', 2);
    const handle = add('handle', to, [message], { cause: arrive, fn: callback });
    then(handle);
    const made = state === undefined ? 0 : add('state', to, [state], { cause: handle, fn: callback, flags: Flags.CHANGED }); // prettier-ignore
    add('handled', to, [atom('noreply')], { cause: handle, fn: callback });
    return { send, state: made };
  };

  add('state', desk, [map([[atom('last'), atom('nil')]])], { flags: Flags.BEFORE });
  add('state', store, [map([[atom('count'), int(0)], [atom('orders'), list([])]])], { flags: Flags.BEFORE }); // prettier-ignore
  const order = binary(ORDER);
  const first = exchange(client, desk, 'TheDesk', tuple(atom('order'), order), 0, map([[atom('last'), order]]));
  // The desk hands on what it was given earlier, when it is told to.
  let second = { send: 0, state: 0 };
  exchange(client, desk, 'TheDesk', atom('flush'), 0, undefined, (handle) => {
    second = exchange(
      desk,
      store,
      'TheStore',
      tuple(atom('keep'), order, int(1)),
      handle,
      map([[atom('count'), int(1)], [atom('orders'), list([order])]]), // prettier-ignore
    );
  });
  // The store watches the desk, and calls it meanwhile, which watches it for so long.
  const monitor = writer.functionId(0, atoms.index('erlang'), atoms.index('monitor'), 2);
  const demonitor = writer.functionId(0, atoms.index('erlang'), atoms.index('demonitor'), 2);
  const pid = localPid(numberOf('TheDesk'), 0);
  const reference = (id: number): Term => ({ kind: 'reference', words: [id, 2, 3] });
  const watched = add('monitor', store, [list([atom('process'), pid]), reference(1)], { fn: monitor });
  add('monitor', store, [list([atom('process'), pid]), reference(2)], { fn: monitor });
  add('monitor', store, [list([reference(2), list([atom('flush')])]), atom('true')], { fn: demonitor });
  const entries = (changed: number): Term =>
    map(Array.from({ length: hugeEntries }, (_, i) => [int(i), binary(`entry ${String(i === changed ? -i : i)}`)]));
  add('state', huge, [entries(-1)], { flags: Flags.BEFORE });
  const turn = fn('HugeOne', 'handle_info', 2);
  const handle = add('handle', huge, [atom('turn')], { fn: turn });
  add('state', huge, [entries(Math.floor(hugeEntries / 2))], { cause: handle, fn: turn, flags: Flags.CHANGED });
  add('handled', huge, [atom('noreply')], { cause: handle, fn: turn });
  const tick = fn('Busy', 'handle_info', 2);
  const changes: number[] = [];
  for (let i = 1; i <= busyChanges; i++) {
    const began = add('handle', busy, [tuple(atom('tick'), int(i))], { fn: tick });
    changes.push(add('state', busy, [map([[atom('n'), int(i)]])], { cause: began, fn: tick, flags: Flags.CHANGED }));
    add('handled', busy, [atom('noreply')], { cause: began, fn: tick });
  }
  const end = writer.events;
  for (let i = 0; i < atoms.size; i++) writer.defineAtom(0, i, atoms.name(i)!);
  writer.close();
  return {
    client, desk, store, busy, huge, idle, end, changes,
    watched,
    toDesk: first.send, toStore: second.send, deskState: first.state, storeState: second.state,
  }; // prettier-ignore
}
