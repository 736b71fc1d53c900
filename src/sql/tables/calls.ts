/** `calls`: callbacks (handle to handled) and calls (call to return or exception), with how long they took. */
import { printTerm } from '../../term/index.js';
import { everyCall, type CallSpan, type Seq } from '../../recording/index.js';
import { rowTable, type Source, type Table } from '../table.js';
import { Labels } from '../labels.js';

export function calls(source: Source): Table {
  const { recording, names } = source;
  const kinds = new Labels();
  kinds.add('callback');
  kinds.add('call');
  const terms = (seq: Seq): string | undefined => {
    const place = seq === 0 ? undefined : recording.blockAt(seq);
    const found = place?.terms(seq - place.firstSeq);
    return found?.map((term) => printTerm(term, { syntax: names.syntax })).join(', ');
  };
  return rowTable<CallSpan>(
    'calls',
    [
      { name: 'seq', type: 'bigint', get: ({ seq }) => seq },
      { name: 'end_seq', type: 'seq', get: ({ endSeq }) => endSeq },
      { name: 'kind', type: kinds, get: ({ callback }) => (callback ? 1 : 2) },
      { name: 'process', type: 'id', get: ({ process }) => process },
      { name: 'pid', type: names.pids, get: ({ process }) => process },
      { name: 'name', type: names.names, get: ({ process }) => process },
      { name: 'function', type: names.functions, get: ({ fn }) => fn },
      { name: 'parent', type: 'seq', get: ({ parent }) => parent },
      { name: 'depth', type: 'count', get: ({ depth }) => depth },
      { name: 'start_ns', type: 'bigint', get: ({ startNs }) => startNs },
      { name: 'end_ns', type: 'bigint', get: ({ endNs }) => endNs },
      { name: 'duration_ns', type: 'bigint', get: ({ endSeq, startNs, endNs }) => (endSeq === 0 ? -1 : endNs - startNs) }, // prettier-ignore
      { name: 'self_ns', type: 'bigint', get: ({ selfNs }) => selfNs },
      { name: 'raised', type: 'boolean', get: ({ raised }) => raised },
      { name: 'arrive_seq', type: 'seq', get: ({ cause }) => cause },
      { name: 'arguments', type: 'text', get: ({ seq }) => terms(seq) },
      { name: 'result', type: 'text', get: ({ endSeq }) => terms(endSeq) },
    ],
    ['since', 'until', 'process'],
    (filter) => everyCall(recording, filter),
  );
}
