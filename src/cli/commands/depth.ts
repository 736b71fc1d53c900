import { Command } from 'commander';
import { changeDepth, ControlError } from '../../capture/index.js';
import { printDepthRule } from '../../plan/index.js';
import { depthRules } from '../capture-options.js';
import { recordingPath } from '../recordings.js';

export const depthCommand = (): Command =>
  new Command('depth')
    .description('record functions deeper or less deep while a recording runs')
    .argument('<recording>')
    .argument('<functions=depth...>', 'such as Shop.Stock.handle_call/3=lines or "Shop.*=count"; the last one wins')
    .action(async (name: string, texts: string[]) => {
      const rules = depthRules(texts);
      const { nodes } = await changeDepth(recordingPath(name), rules).catch((error: unknown) => {
        if (error instanceof ControlError) throw new Error(error.message);
        throw error;
      });
      if (nodes === 0) process.stdout.write('no node is connected at the moment: this holds for those that will\n');
      for (const rule of rules) process.stdout.write(`asked for: ${printDepthRule(rule)}\n`);
    });
