import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import {
  changeMarks,
  checkMark,
  isPacked,
  MARK_COLOURS,
  readMarks,
  RecordingError,
  whyNoMarks,
  type Mark,
} from '../../recording/index.js';
import { isClickHouseUrl } from '../../fleet/index.js';
import { printPath } from '../../term/index.js';
import { findProcess, jsonOption, moment, path } from '../options.js';
import { openNamed, recordingPath } from '../recordings.js';
import { counted, Show } from '../show.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

interface Options {
  at?: string;
  name?: string;
  process?: string;
  path?: string;
  colour: string;
  text?: string;
  json?: boolean;
}

export const marksCommand = (): Command =>
  new Command('marks')
    .description('bookmarks and notes: list them, add one, remove one')
    .argument('<recording>')
    .argument('[what]', '"add" or "remove"; without it they are listed')
    .argument('[id]', 'of the mark to remove')
    .option('--at <moment>', 'add: where, as start, end, +1.25s, #4711 or nanoseconds')
    .option('--name <name>', 'add: what it is called')
    .option('--process <pid>', 'add: of this process')
    .option('--path <path>', 'add: of this value of its state, such as free["mug"]')
    .addOption(new Option('--colour <colour>', 'add: its colour').choices(MARK_COLOURS).default('blue'))
    .option('--text <text>', 'add: what there is to say')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  elixirscope marks last
  elixirscope marks last add --at '#4711' --name "stock goes below zero" --process Shop.Stock --path 'free["mug"]'
  elixirscope marks last remove 6f0c…    as much of the id as makes it the only one`,
    )
    .action((name: string, what: string | undefined, id: string | undefined, options: Options) => {
      if (what === undefined) list(name, options);
      else if (what === 'add' && id === undefined) add(name, options);
      else if (what === 'remove' && id !== undefined) remove(name, id, options);
      else throw new UsageError('write "marks RECORDING", "marks RECORDING add …" or "marks RECORDING remove ID"');
    });

function list(name: string, options: Options): void {
  if (isClickHouseUrl(name)) throw new UsageError(`ask there in SQL: elixirscope sql ${name} "select * from marks"`);
  const recording = openNamed(name);
  const marks = readMarks(recording.path);
  if (options.json) return json(marks);
  if (marks.length === 0) {
    process.stdout.write(
      'no marks: make one with "elixirscope marks RECORDING add --at MOMENT --name NAME", or with k in the browser\n',
    );
    return;
  }
  const show = new Show(recording);
  const rows = marks.map((mark) => [
    mark.id.slice(0, 8),
    `#${mark.seq}`,
    show.time(mark.ns),
    mark.colour,
    mark.process === 0 ? '' : show.process(mark.process),
    mark.path,
    [mark.name, ...mark.text.split('\n').filter((line) => line.trim() !== '')].map(visible).join(' · '),
  ]);
  const columns = [
    { title: 'ID' },
    { title: 'EVENT', right: true },
    { title: 'TIME', right: true },
    { title: 'COLOUR' },
    { title: 'PROCESS' },
    { title: 'VALUE' },
    { title: 'NOTE' },
  ];
  process.stdout.write(`${table(columns, rows)}\n`);
}

function add(name: string, options: Options): void {
  const folder = writable(name);
  if (options.at === undefined || options.name === undefined)
    throw new UsageError('a mark needs --at MOMENT and --name NAME');
  const recording = openNamed(name);
  const { seq, ns } = moment(recording, options.at);
  if (options.path !== undefined && options.process === undefined)
    throw new UsageError('--path is that of a value of a process: name it with --process');
  const id = options.process === undefined ? 0 : findProcess(recording, options.process, { seq, ns });
  const mark = checkMark({
    id: randomUUID(),
    name: options.name.trim(),
    colour: options.colour,
    text: options.text ?? '',
    seq,
    ns,
    process: id,
    path: options.path === undefined ? '' : printPath(path(options.path)),
    madeMs: Date.now(),
  });
  if (typeof mark === 'string') throw new UsageError(`no mark: ${mark}`);
  changeMarks(folder, (marks) => [...marks, mark]);
  if (options.json) return json([mark]);
  process.stdout.write(`${mark.id}\n`);
}

function remove(name: string, id: string, options: Options): void {
  const folder = writable(name);
  const found = readMarks(folder).filter((mark) => mark.id.startsWith(id));
  if (found.length !== 1)
    throw new UsageError(
      found.length === 0
        ? `there is no mark ${id}`
        : `${counted(found.length, 'mark')} have an id that begins with ${id}`,
    );
  changeMarks(folder, (marks) => marks.filter((mark) => mark.id !== found[0]!.id));
  if (options.json) return json(found);
  process.stdout.write(`removed "${visible(found[0]!.name)}"\n`);
}

/** Its folder, in which marks can be kept. */
function writable(name: string): string {
  const folder = recordingPath(name);
  const why = isPacked(folder) ? 'it is one packed file: unpack it first' : whyNoMarks(folder);
  if (why !== undefined) throw new RecordingError(`marks cannot be kept with ${name}: ${why}`);
  return folder;
}

/** A note may hold what a terminal would obey. */
const visible = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\u{fffd}');

const json = (marks: readonly Mark[]): void => {
  process.stdout.write(`${JSON.stringify(marks, undefined, 2)}\n`);
};
