import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { Command, Option } from 'commander';
import { isClickHouseUrl, openClickHouseSql, parseAddress } from '../../fleet/index.js';
import { openSql, SqlError, type SqlSession } from '../../sql/index.js';
import { jsonOption } from '../options.js';
import { defaultDirectory, openNamed } from '../recordings.js';
import { sqlWriter, type SqlStyle } from '../sql-output.js';

interface Options {
  json?: boolean;
  csv?: boolean;
}

export const sqlCommand = (): Command =>
  new Command('sql')
    .description('ask a recording in SQL: one query, or a shell that reads statements')
    .argument('<recording>')
    .argument('[query]', 'without it: statements from the terminal or the standard input, each ended by ;')
    .addOption(jsonOption())
    .addOption(new Option('--csv', 'comma-separated values').conflicts('json'))
    .addHelpText(
      'after',
      '\nTables: events, processes, functions, calls, lines, messages, states, gaps, marks (docs/sql.md). In a ClickHouse its own SQL, over the same (docs/fleet.md).',
    )
    .action(async (name: string, query: string | undefined, options: Options) => {
      const there = isClickHouseUrl(name) ? parseAddress(name) : undefined;
      const recording = there === undefined ? openNamed(name) : undefined;
      const session = recording === undefined ? await openClickHouseSql(there!) : await openSql(recording);
      const style: SqlStyle = options.json ? 'json' : options.csv ? 'csv' : 'table';
      try {
        if (query !== undefined) await answer(session, query, style);
        else if (process.stdin.isTTY) await shell(session, style, recording?.path ?? there!.shown);
        else await script(session, style);
      } finally {
        session.close();
        recording?.close();
      }
    });

/** Asks; Ctrl-C stops the question, not the program. */
async function answer(session: SqlSession, query: string, style: SqlStyle): Promise<void> {
  const stop = (): void => session.interrupt();
  process.once('SIGINT', stop);
  try {
    const { columns, rows } = await session.query(query);
    const write = sqlWriter(columns, style);
    for await (const some of rows) for (const text of write.rows(some)) await put(text);
    await put(write.end());
  } finally {
    process.off('SIGINT', stop);
  }
}

async function put(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** Statements from the standard input; the first that fails ends it. */
async function script(session: SqlSession, style: SqlStyle): Promise<void> {
  let text = '';
  for await (const line of createInterface({ input: process.stdin })) {
    text += `${line}\n`;
    if (!ends(text)) continue;
    await answer(session, text, style);
    text = '';
  }
  if (text.trim() !== '') await answer(session, text, style);
}

const HISTORY = 500;

/** A prompt, with the history of the last shells. */
async function shell(session: SqlSession, style: SqlStyle, path: string): Promise<void> {
  const file = join(defaultDirectory(), 'sql-history');
  const history = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).reverse() : [];
  const terminal: Interface = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: 'sql> ',
    history,
    historySize: HISTORY,
    removeHistoryDuplicates: true,
  });
  terminal.on('history', (lines: string[]) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, [...lines].reverse().join('\n'), { mode: 0o600 });
  });
  process.stdout.write(`${path}: end statements with ; and the shell with Ctrl-D\n`);
  let text = '';
  let asking = false;
  terminal.on('SIGINT', () => {
    if (asking) return session.interrupt();
    text = '';
    process.stdout.write('\n');
    terminal.setPrompt('sql> ');
    terminal.prompt();
  });
  terminal.prompt();
  for await (const line of terminal) {
    text += `${line}\n`;
    if (ends(text)) {
      asking = true;
      await answer(session, text, style).catch((error: unknown) => {
        if (!(error instanceof SqlError)) throw error;
        process.stdout.write(`${error.message}\n`);
      });
      asking = false;
      text = '';
    }
    terminal.setPrompt(text.trim() === '' ? 'sql> ' : '...> ');
    terminal.prompt();
  }
  process.stdout.write('\n');
}

/** Whether a statement ends here: a semicolon outside of quotes and comments stands last. */
function ends(text: string): boolean {
  const bare = text.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, '');
  return /;\s*$/.test(bare) && !/['"]|\/\*/.test(bare);
}
