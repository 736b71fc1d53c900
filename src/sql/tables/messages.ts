/** `messages`: from send to arrival to handling. */
import { printTerm, type Term } from '../../term/index.js';
import { everyMessage, type MessageTrip } from '../../recording/index.js';
import { plainJson } from '../plain-json.js';
import { rowTable, type Source, type Table } from '../table.js';

export function messages({ recording, names }: Source): Table {
  const message = ({ sendSeq, arriveSeq }: MessageTrip): Term | undefined => {
    const seq = sendSeq || arriveSeq;
    const block = recording.blockAt(seq);
    return block?.terms(seq - block.firstSeq)[0];
  };
  const between = (from: number, to: number): number => (from < 0 || to < 0 ? -1 : to - from);
  return rowTable<MessageTrip>(
    'messages',
    [
      { name: 'send_seq', type: 'seq', get: ({ sendSeq }) => sendSeq },
      { name: 'arrive_seq', type: 'seq', get: ({ arriveSeq }) => arriveSeq },
      { name: 'handle_seq', type: 'seq', get: ({ handleSeq }) => handleSeq },
      { name: 'sender', type: 'id', get: ({ from }) => from },
      { name: 'sender_pid', type: names.pids, get: ({ from }) => from },
      { name: 'sender_name', type: names.names, get: ({ from }) => from },
      { name: 'receiver', type: 'id', get: ({ to }) => to },
      { name: 'receiver_pid', type: names.pids, get: ({ to }) => to },
      { name: 'receiver_name', type: names.names, get: ({ to }) => to },
      { name: 'send_ns', type: 'bigint', get: ({ sendNs }) => sendNs },
      { name: 'arrive_ns', type: 'bigint', get: ({ arriveNs }) => arriveNs },
      { name: 'handle_ns', type: 'bigint', get: ({ handleNs }) => handleNs },
      { name: 'latency_ns', type: 'bigint', get: ({ sendNs, arriveNs }) => between(sendNs, arriveNs) },
      { name: 'wait_ns', type: 'bigint', get: ({ arriveNs, handleNs }) => between(arriveNs, handleNs) },
      { name: 'nowhere', type: 'boolean', get: ({ nowhere }) => nowhere },
      {
        name: 'message',
        type: 'text',
        get: (trip) => {
          const term = message(trip);
          return term && printTerm(term, { syntax: names.syntax });
        },
      },
      {
        name: 'json',
        type: 'text',
        get: (trip) => {
          const term = message(trip);
          return term && plainJson(term, names.syntax);
        },
      },
    ],
    [],
    () => everyMessage(recording),
  );
}
