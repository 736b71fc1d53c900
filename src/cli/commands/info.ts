import { Command } from 'commander';
import { jsonOption } from '../options.js';
import { openNamed } from '../recordings.js';
import { bytes, count, Show } from '../show.js';

interface Options {
  json?: boolean;
}

export const infoCommand = (): Command =>
  new Command('info')
    .description('what a recording holds: span, nodes, events by kind, processes, size, gaps')
    .argument('<recording>')
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const recording = openNamed(name);
      const info = recording.info();
      if (options.json) {
        process.stdout.write(`${JSON.stringify(info, undefined, 2)}\n`);
        return;
      }
      const show = new Show(recording);
      const lines = [
        `${recording.path}${info.live ? '  (still being recorded)' : ''}`,
        `started    ${info.startedAt}${info.command === undefined ? '' : `  ${info.command}`}${info.exitStatus === undefined ? '' : `  → exit ${info.exitStatus}`}`,
        `span       ${show.time(info.ns).slice(1)}`,
        ...info.nodes.map(
          (node) =>
            `node       ${node.name}  OTP ${node.otp}${node.elixir === undefined ? '' : `, Elixir ${node.elixir}`}` +
            `${node.engine === 'erlang' ? `  (slower engine: ${node.engineWhy ?? 'the NIF could not be loaded'})` : ''}` +
            `${node.end === undefined ? '' : `  ended: ${node.end}`}`,
        ),
        `events     ${count(info.events)}`,
        ...Object.entries(info.kinds)
          .sort(([, a], [, b]) => b - a)
          .map(([kind, n]) => `           ${count(n).padStart(12)}  ${kind}`),
        `processes  ${count(info.processes)}`,
        `size       ${bytes(info.bytes)}${info.events > 0 ? `  (${(info.bytes / info.events).toFixed(1)} bytes an event)` : ''}`,
        info.gaps.length === 0 ? 'gaps       none: nothing is missing' : `gaps       ${info.gaps.length}`,
        ...info.gaps
          .slice(0, 20)
          .map(
            (gap) =>
              `           ${count(gap.count)} lost, ${gap.reason}, ${show.time(gap.fromNs)} to ${show.time(gap.toNs)}`,
          ),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
