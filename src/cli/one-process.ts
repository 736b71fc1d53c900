/** What commands about one process at one moment share: `COMMAND RECORDING PID --at MOMENT`. */
import { Command } from 'commander';
import type { BulkRecording, Moment, ProcessId } from '../recording/index.js';
import { atOption, findProcess, jsonOption, moment, syntaxOption } from './options.js';
import { openNamed } from './recordings.js';
import { Show, type Syntax } from './show.js';

export interface ProcessOptions {
  at: string;
  json?: boolean;
  syntax?: Syntax;
}

export const processCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<recording>')
    .argument('<pid>', '<0.123.0> or a registered name')
    .addOption(atOption())
    .addOption(syntaxOption())
    .addOption(jsonOption());

/** The recording, the moment and the process that the person named. @throws UsageError where one of them is not there */
export function openProcess(
  name: string,
  pid: string,
  options: ProcessOptions,
): { recording: BulkRecording; show: Show; at: Moment; id: ProcessId } {
  const recording = openNamed(name);
  const at = moment(recording, options.at);
  return { recording, show: new Show(recording, options.syntax), at, id: findProcess(recording, pid, at) };
}
