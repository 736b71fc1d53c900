import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { EXPORT_FORMATS, exportRecording, type ExportFormat } from '../../export/index.js';
import { TABLES, type TableName } from '../../sql/index.js';
import { openNamed } from '../recordings.js';
import { UsageError } from '../usage-error.js';

interface Options {
  to: ExportFormat;
  out: string;
  table?: TableName;
  force?: boolean;
}

export const exportCommand = (): Command =>
  new Command('export')
    .description('a recording as a file for other tools')
    .argument('<recording>')
    .addOption(new Option('--to <format>', 'which format').choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--out <file>', 'where to')
    .addOption(new Option('--table <table>', 'of csv, json and parquet: which table (default: events)').choices(TABLES))
    .option('--force', 'replace a file that is there')
    .action(async (name: string, { to, out, table, force }: Options) => {
      if (table !== undefined && !['csv', 'json', 'parquet'].includes(to))
        throw new UsageError(`--table goes with csv, json and parquet: ${to} takes the whole recording`);
      const path = resolve(out);
      if (existsSync(path) && force !== true)
        throw new UsageError(`${out} exists already: name another file, or replace it with --force`);
      const recording = openNamed(name);
      try {
        await exportRecording(recording, { to, out: path, table: table ?? 'events' });
      } finally {
        recording.close();
      }
    });
