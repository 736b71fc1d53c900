/** `lines`: executed lines with the variables bound there, and values of expressions. */
import { printTerm, type Term } from '../../term/index.js';
import type { PointInfo, RecordedEvent } from '../../recording/index.js';
import { plainJson } from '../plain-json.js';
import { rowTable, type Source, type Table } from '../table.js';

interface Row {
  event: RecordedEvent;
  point: PointInfo | undefined;
}

export function lines({ recording, names }: Source): Table {
  const values = ({ event, point }: Row): { name: string; value: Term }[] => {
    const [term] = event.terms;
    if (event.kind === 'expression') return term ? [{ name: point?.label ?? '', value: term }] : [];
    const list = term?.kind === 'list' ? term.elements : [];
    return (point?.names ?? []).flatMap(({ name }, i) => (list[i] ? [{ name, value: list[i] }] : []));
  };
  const text = (term: Term): string => printTerm(term, { syntax: names.syntax });
  return rowTable<Row>(
    'lines',
    [
      { name: 'seq', type: 'bigint', get: ({ event }) => event.seq },
      { name: 'ns', type: 'bigint', get: ({ event }) => event.ns },
      { name: 'process', type: 'id', get: ({ event }) => event.process },
      { name: 'pid', type: names.pids, get: ({ event }) => event.process },
      { name: 'name', type: names.names, get: ({ event }) => event.process },
      { name: 'function', type: names.functions, get: ({ event }) => event.fn },
      { name: 'call_seq', type: 'seq', get: ({ event }) => event.cause },
      { name: 'what', type: 'text', get: ({ point }) => point?.what },
      { name: 'line', type: 'bigint', get: ({ point }) => point?.line },
      { name: 'code', type: 'text', get: ({ point }) => point?.label },
      { name: 'values', type: 'text', get: (row) => values(row).map(({ name, value }) => `${name} = ${text(value)}`).join(', ') }, // prettier-ignore
      {
        name: 'json',
        type: 'text',
        get: (row) =>
          `{${values(row)
            .map(({ name, value }) => `${JSON.stringify(name)}:${plainJson(value, names.syntax)}`)
            .join(',')}}`,
      },
    ],
    ['since', 'until', 'process'],
    function* ({ from = 1, to = Infinity, process }) {
      const filter = {
        kinds: ['line', 'expression'] as const,
        from: { seq: from, ns: 0 },
        to: { seq: to, ns: 0 },
        ...(process === undefined ? {} : { processes: [process] }),
      };
      for (const event of recording.events(filter)) yield { event, point: recording.function(event.fn)?.point };
    },
  );
}
