/** Processes as people name them. */
import type { Moment, ProcessId } from '../model.js';
import type { Store } from '../read/store.js';
import type { Life } from './life.js';
import { livesAt } from './lives.js';

/**
 * `<0.123.0>`, `0.123.0` (the first number may be the index of a node; 0 is any), `p12`, or a registered name as Elixir or Erlang writes it.
 * Of several the one alive at the moment wins, then the one that lived last before it, then the next.
 */
export function findProcess(store: Store, life: Life, text: string, at: Moment): ProcessId | undefined {
  const { table } = store.dictionary;
  const trimmed = text.trim().replace(/^#PID/, '');
  const id = /^p(\d{1,10})$/.exec(trimmed);
  if (id && Number(id[1]) >= 1 && Number(id[1]) <= table.count) return Number(id[1]);
  const pid = /^<?(\d{1,5})\.(\d{1,10})\.(\d{1,10})>?$/.exec(trimmed);
  if (pid) {
    const node = Number(pid[1]);
    const same = table.byPid(Number(pid[2]), Number(pid[3]));
    return best(
      store,
      same.filter((candidate) => node === 0 || table.nodeOf(candidate) === node),
      at,
    );
  }
  const name = trimmed.replace(/^:/, '').replace(/^(["'])(.*)\1$/, '$2');
  const spellings = /^[A-Z]/.test(name) && !name.startsWith('Elixir.') ? [`Elixir.${name}`, name] : [name];
  for (const spelling of spellings) {
    const holders = life.holders(spelling);
    const then = holders.filter((holder) => life.name(holder, at.seq) === spelling);
    const found = best(
      store,
      then.filter((holder) => table.livesAt(holder, at.seq)),
      at,
    );
    const any = found ?? best(store, holders, at);
    if (any !== undefined) return any;
  }
  return undefined;
}

function best(store: Store, candidates: readonly ProcessId[], at: Moment): ProcessId | undefined {
  const infos = candidates.map((id) => store.dictionary.table.get(id)).filter((info) => info !== undefined);
  const living = infos.find((info) => livesAt(info, at.seq));
  const before = infos.filter((info) => info.spawnSeq <= at.seq).at(-1);
  return (living ?? before ?? infos[0])?.id;
}
