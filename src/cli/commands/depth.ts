import { Command } from 'commander';
import { changeDepth, ControlError } from '../../capture/index.js';
import { printDepthRule } from '../../plan/index.js';
import { openRecording } from '../../recording/index.js';
import { depthRules } from '../capture-options.js';
import { currentDepths } from '../current-depths.js';
import { jsonOption } from '../options.js';
import { recordingPath } from '../recordings.js';
import { table } from '../table.js';

export const depthCommand = (): Command =>
  new Command('depth')
    .description(
      'record functions deeper or less deep while a recording runs; without changes: how deep each is recorded',
    )
    .argument('<recording>')
    .argument('[functions=depth...]', 'such as Shop.Stock.handle_call/3=lines or "Shop.*=count"; the last one wins')
    .addOption(jsonOption())
    .action(async (name: string, texts: string[], options: { json?: boolean }) => {
      const path = recordingPath(name);
      if (texts.length === 0) return list(path, options.json === true);
      const rules = depthRules(texts);
      const { nodes } = await changeDepth(path, rules).catch((error: unknown) => {
        throw error instanceof ControlError ? new Error(error.message) : error;
      });
      if (options.json) process.stdout.write(`${JSON.stringify({ nodes, asked: rules })}\n`);
      else for (const rule of rules) process.stdout.write(`asked for: ${printDepthRule(rule)}\n`);
      if (nodes === 0) process.stderr.write('no node is connected at the moment: this holds for those that will be\n');
    });

function list(path: string, asJson: boolean): void {
  const recording = openRecording(path);
  const depths = currentDepths(recording);
  recording.close();
  if (asJson) return void process.stdout.write(`${JSON.stringify(depths)}\n`);
  const rows = depths.filter(({ depth }) => depth !== 'off').map(({ depth, name, why }) => [depth, name, why]);
  if (rows.length === 0) process.stderr.write('no function is recorded that a plan or a change names\n');
  else process.stdout.write(`${table([{ title: 'depth' }, { title: 'function' }, { title: 'why' }], rows)}\n`);
}
