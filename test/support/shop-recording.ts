/** What a recorded shop looks like: supervisors, a stock that loses count, workers that come and go, a payment that crashes. */
import { Flags } from '../../src/recording/index.js';
import { atom, binary, int, list, localPid, map, tuple as tupleOf, type Term } from '../../src/term/index.js';
import { MemoryRecording } from './memory-recording.js';

export interface Shop {
  recording: MemoryRecording;
  stock: number;
  /** Events whose effect on the stock is known. */
  reservations: { send: number; handle: number; state: number; ns: number; left: number; item: string }[];
  crash: number;
}

const tuple = (elements: Term[]): Term => tupleOf(...elements);
const ITEMS = ['mug', 'shirt', 'poster', 'cap'];

/** `orders` reservations over `orders` × 2 ms, deterministic. `extra` more plain processes. */
export function shopRecording(orders = 400, extra = 0): Shop {
  const recording = new MemoryRecording();
  let seed = 42;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  let number = 10;
  const old = (name: string, module: string, parent = 0, behaviour: string | undefined = 'gen_server'): number =>
    recording.addProcess({
      number: number++,
      spawnSeq: 0,
      exitSeq: 0,
      parent,
      fn: recording.fn(module, 'init', 1),
      behaviour,
      name,
      label: undefined,
    });
  const kernel = old('kernel_sup', 'kernel', 0, 'supervisor');
  for (const name of ['code_server', 'file_server_2', 'rex', 'global_name_server', 'standard_error_sup'])
    old(name, name, kernel);
  old('logger', 'logger_server');
  old('application_controller', 'application_controller');
  number = 140;

  let ns = 1_000_000;
  const born = (
    name: string | undefined,
    module: string,
    parent: number,
    behaviour: string | undefined,
    fun = 'init',
    arity = 1,
  ): number => {
    const id = recording.addProcess({
      number: number++,
      spawnSeq: recording.list.length + 1,
      exitSeq: 0,
      parent,
      fn: recording.fn(module, fun, arity),
      behaviour,
      name,
      label: undefined,
    });
    ns += 40_000;
    recording.add('spawn', ns, id, { peer: parent, fn: recording.fn(module, fun, arity), terms: [list([])] });
    if (parent > 0) {
      recording.add('link', ns, id, { peer: parent });
      recording.add('link', ns, parent, { peer: id });
    }
    if (name !== undefined) recording.add('register', (ns += 3_000), id, { terms: [atom(name)] });
    return id;
  };
  const top = born('Elixir.Shop.Supervisor', 'Elixir.Shop.Supervisor', 0, 'supervisor');
  const stock = born('Elixir.Shop.Stock', 'Elixir.Shop.Stock', top, 'gen_server');
  const payments = born('Elixir.Shop.Payments', 'Elixir.Shop.Payments', top, 'gen_server');
  const cache = born('Elixir.Shop.Cache', 'Elixir.Shop.Cache', top, 'gen_server');
  const pool = born('Elixir.Shop.Pool', 'Elixir.Shop.Pool', top, 'supervisor');
  const workers = Array.from({ length: 6 }, () => born(undefined, 'Elixir.Shop.Worker', pool, 'gen_server'));
  const tasks = born('Elixir.Shop.Tasks', 'Elixir.DynamicSupervisor', top, 'supervisor');
  const load = born('Elixir.Shop.Load', 'Elixir.Shop.Load', top, undefined, 'run', 1);
  for (let i = 0; i < extra; i++) born(undefined, 'Elixir.Shop.Session', tasks, undefined, 'loop', 1);

  const left = new Map(ITEMS.map((item) => [item, orders]));
  const held = new Map<string, number>();
  let served = 0;
  const pidOf = (id: number): Term => localPid(recording.infos[id - 1]!.number, 0);
  const stockState = (): Term =>
    map([
      [atom('__struct__'), atom('Elixir.Shop.Stock')],
      [
        atom('items'),
        map(
          ITEMS.map((item) => [
            binary(item),
            map([
              [atom('left'), int(left.get(item)!)],
              [atom('held'), int(held.get(item) ?? 0)],
              [atom('price'), int(1250)],
            ]),
          ]),
        ),
      ],
      [atom('served'), int(served)],
      [atom('api_token'), { kind: 'redacted' }],
      [atom('notes'), { kind: 'binary', bytes: new TextEncoder().encode('<b>not bold</b> é '.repeat(4)), size: 9_000 }],
      [atom('audit'), list([atom('reserve'), int(served)])],
      [atom('last'), tuple([atom('ok'), pidOf(workers[served % workers.length]!)])],
      [
        atom('history'),
        {
          kind: 'list',
          elements: Array.from({ length: 12 }, (_, i) => tuple([int(served + i), binary('order')])),
          more: true,
        },
      ],
    ]);
  recording.add('state', (ns += 5_000), stock, {
    flags: Flags.CHANGED,
    fn: recording.fn('Elixir.Shop.Stock', 'init', 1),
    terms: [stockState()],
  });
  const reservations: Shop['reservations'] = [];
  const message = (
    from: number,
    to: number,
    term: Term,
    module: string,
    callback: string,
    arity: number,
    work: number,
    state?: () => Term,
    raise?: Term,
  ): { send: number; handle: number; state: number } => {
    ns += Math.round(20_000 + random() * 60_000);
    const send = recording.add('send', ns, from, { peer: to, terms: [term] });
    const arrive = recording.add('arrive', (ns += 2_000), to, { peer: from, cause: send, terms: [term] });
    const fn = recording.fn(module, callback, arity);
    const handle = recording.add('handle', (ns += Math.round(4_000 + random() * 30_000)), to, {
      fn,
      cause: arrive,
      terms: [term],
    });
    let changed = 0;
    ns += work;
    recording.add('handled', ns, to, {
      fn,
      cause: handle,
      flags: raise === undefined ? 0 : Flags.RAISED,
      terms: [raise ?? tuple([atom('noreply'), { kind: 'stateMark' }])],
    });
    if (state !== undefined)
      changed = recording.add('state', ns, to, { fn, cause: handle, flags: Flags.CHANGED, terms: [state()] });
    return { send, handle, state: changed };
  };
  let crash = 0;
  let worker = 0;
  for (let order = 0; order < orders; order++) {
    const item = ITEMS[Math.floor(random() ** 2 * ITEMS.length)]!;
    worker = workers[order % workers.length]!;
    message(
      load,
      worker,
      tuple([atom('order'), int(order), binary(item)]),
      'Elixir.Shop.Worker',
      'handle_cast',
      2,
      Math.round(90_000 + random() * 400_000),
      () =>
        map([
          [atom('order'), int(order)],
          [atom('item'), binary(item)],
        ]),
    );
    const done = message(
      worker,
      stock,
      tuple([atom('reserve'), binary(item), int(1)]),
      'Elixir.Shop.Stock',
      'handle_call',
      3,
      Math.round(40_000 + random() * 90_000),
      () => {
        left.set(item, left.get(item)! - 1);
        held.set(item, (held.get(item) ?? 0) + 1);
        served++;
        return stockState();
      },
    );
    reservations.push({ ...done, ns: recording.list[done.state - 1]!.ns, left: left.get(item)!, item });
    if (order % 3 === 0)
      message(worker, cache, tuple([atom('put'), binary(item)]), 'Elixir.Shop.Cache', 'handle_cast', 2, 12_000);
    if (order % 5 === 0) {
      const task = born(undefined, 'Elixir.Shop.Receipt', tasks, 'task', 'send', 2);
      recording.add('log', (ns += 30_000), task, {
        terms: [
          map([
            [atom('level'), atom('info')],
            [atom('message'), binary(`receipt ${String(order)} sent`)],
          ]),
        ],
      });
      recording.infos[task - 1]!.exitSeq = recording.add('exit', (ns += 100_000), task, { terms: [atom('normal')] });
    }
    if (order === Math.floor(orders * 0.7)) {
      const victim = worker;
      const reason = tuple([tuple([atom('badmatch'), tuple([atom('error'), atom('out_of_stock')])]), list([])]);
      message(
        stock,
        victim,
        tuple([atom('fail'), binary(item)]),
        'Elixir.Shop.Worker',
        'handle_info',
        2,
        60_000,
        undefined,
        reason,
      );
      crash = recording.add('exit', (ns += 20_000), victim, { terms: [reason] });
      recording.infos[victim - 1]!.exitSeq = crash;
      workers[workers.indexOf(victim)] = born(undefined, 'Elixir.Shop.Worker', pool, 'gen_server');
    }
    if (order % 50 === 49)
      message(load, payments, atom('settle'), 'Elixir.Shop.Payments', 'handle_cast', 2, 2_500_000, () => int(order));
    ns += Math.round(600_000 + random() * 900_000);
  }
  // A message that is never handled: the mailbox at the end.
  const send = recording.add('send', (ns += 20_000), load, {
    peer: payments,
    terms: [tuple([atom('refund'), int(7)])],
  });
  recording.add('arrive', (ns += 2_000), payments, {
    peer: load,
    cause: send,
    terms: [tuple([atom('refund'), int(7)])],
  });
  recording.holes.push({
    reason: 'ring full',
    count: 1234,
    fromNs: Math.round(ns * 0.42),
    toNs: Math.round(ns * 0.45),
  });
  return { recording, stock, reservations, crash };
}
