/** `marks`: the bookmarks and notes of a recording. */
import { readMarks, type Mark } from '../../recording/index.js';
import { rowTable, type Source, type Table } from '../table.js';

/** Read anew for each question: they change while one looks. */
export function marks({ recording, names }: Source): Table {
  return rowTable<Mark>(
    'marks',
    [
      { name: 'mark', type: 'text', get: ({ name }) => name },
      { name: 'colour', type: 'text', get: ({ colour }) => colour },
      { name: 'text', type: 'text', get: ({ text }) => (text === '' ? undefined : text) },
      // The beginning is a moment too, so that 0 is no absence here.
      { name: 'seq', type: 'bigint', get: ({ seq }) => seq },
      { name: 'ns', type: 'bigint', get: ({ ns }) => ns },
      { name: 'process', type: 'id', get: ({ process }) => process },
      { name: 'pid', type: names.pids, get: ({ process }) => process },
      { name: 'name', type: names.names, get: ({ process }) => process },
      { name: 'path', type: 'text', get: ({ path }) => (path === '' ? undefined : path) },
      { name: 'made', type: { startMs: 0 }, get: ({ madeMs }) => madeMs * 1e6 },
      { name: 'id', type: 'text', get: ({ id }) => id },
    ],
    [],
    () => readMarks(recording.path),
  );
}
