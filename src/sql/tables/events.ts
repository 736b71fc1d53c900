/** `events`: all that happened; `states`: what processes held. */
import { printTerm, type Term } from '../../term/index.js';
import { Flags, kindCode, type EventBlock } from '../../recording/index.js';
import { plainJson } from '../plain-json.js';
import { eventTable, type EventColumn, type Source, type Table } from '../table.js';

export function events(source: Source): Table {
  const { names } = source;
  const terms = decodedOnce();
  return eventTable(
    source,
    'events',
    [
      { name: 'seq', type: 'bigint', get: (block, row) => block.firstSeq + row },
      ...times(source),
      { name: 'kind', type: names.kinds, all: (block) => block.kinds() },
      ...process(source, '', (block) => block.processes()),
      ...process(source, 'peer', (block) => block.peers()),
      { name: 'function', type: names.functions, all: (block) => block.functions() },
      { name: 'cause', type: 'seq', all: (block) => block.causes() },
      { name: 'flags', type: 'byte', all: (block) => block.flags() },
      { name: 'bytes', type: 'count', get: (block, row) => block.bytes(row) },
      { name: 'value', type: 'text', get: (block, row) => firstText(source, terms(block, row)) },
      {
        name: 'json',
        type: 'text',
        get: (block, row) => `[${terms(block, row).map((term) => plainJson(term, names.syntax)).join(',')}]`, // prettier-ignore
      },
    ],
    undefined,
    0,
  );
}

export function states(source: Source): Table {
  const { names } = source;
  const terms = decodedOnce();
  const flag = (bit: number) => (block: EventBlock, row: number) => (block.flags()[row]! & bit) !== 0;
  return eventTable(
    source,
    'states',
    [
      { name: 'seq', type: 'bigint', get: (block, row) => block.firstSeq + row },
      ...times(source),
      ...process(source, '', (block) => block.processes()),
      { name: 'function', type: names.functions, all: (block) => block.functions() },
      { name: 'handle_seq', type: 'seq', all: (block) => block.causes() },
      { name: 'found', type: 'boolean', get: flag(Flags.BEFORE) },
      { name: 'changed', type: 'boolean', get: flag(Flags.CHANGED) },
      { name: 'bytes', type: 'count', get: (block, row) => block.bytes(row) },
      { name: 'value', type: 'text', get: (block, row) => firstText(source, terms(block, row)) },
      {
        name: 'json',
        type: 'text',
        get: (block, row) => {
          const term = terms(block, row)[0];
          return term && plainJson(term, names.syntax);
        },
      },
    ],
    'state',
    kindCode('state'),
  );
}

const times = ({ recording }: Source): EventColumn[] => [
  { name: 'ns', type: 'bigint', all: (block) => block.ns() },
  { name: 'time', type: { startMs: Date.parse(recording.info().startedAt) }, all: (block) => block.ns() },
];

/** Number, pid and name of a process; the number is what `processes` is joined by. */
function process({ names }: Source, prefix: string, all: (block: EventBlock) => Uint32Array): EventColumn[] {
  const at = prefix === '' ? '' : `${prefix}_`;
  return [
    { name: prefix === '' ? 'process' : prefix, type: 'id', all },
    { name: `${at}pid`, type: names.pids, all },
    { name: `${at}name`, type: names.names, all },
  ];
}

function firstText({ names }: Source, [term]: readonly Term[]): string | undefined {
  return term && printTerm(term, { syntax: names.syntax });
}

/** Several columns show the terms of a row: they are decoded once. */
function decodedOnce(): (block: EventBlock, row: number) => readonly Term[] {
  let of: EventBlock | undefined;
  let at = -1;
  let terms: readonly Term[] = [];
  return (block, row) => {
    if (of !== block || at !== row) terms = block.terms(row);
    of = block;
    at = row;
    return terms;
  };
}
