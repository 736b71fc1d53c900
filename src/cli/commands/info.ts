import { Command } from 'commander';
import type { RecordingInfo } from '../../recording/index.js';
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
      const crashes = [...recording.crashes()].length;
      const breaksOff = !info.live && info.brokeOff === undefined && info.nodes.some((node) => node.end === undefined);
      const lines = [
        `${recording.path}${info.live ? '  (still being recorded)' : ''}`,
        ...(info.command === undefined
          ? []
          : [`command    ${info.command}${info.exitStatus === undefined ? '' : `  → exit ${info.exitStatus}`}`]),
        `started    ${info.startedAt.slice(0, 19).replace('T', ' ')} UTC`,
        `span       ${show.time(info.ns).slice(1)}`,
        ...info.nodes.map(
          (node) =>
            `node       ${node.name}  OTP ${node.otp}${node.elixir === undefined ? '' : `, Elixir ${node.elixir}`}` +
            `${node.engine === 'erlang' ? `  (slower engine: ${node.engineWhy ?? 'the NIF could not be loaded'})` : ''}` +
            `${node.end === undefined ? '' : `  ended: ${node.end}`}`,
        ),
        `processes  ${count(info.processes)}`,
        ...(crashes === 0 ? [] : [`crashes    ${count(crashes)}  ("elixirscope crashes" lists them)`]),
        `size       ${bytes(info.bytes)}${info.events > 0 ? `  (${(info.bytes / info.events).toFixed(1)} bytes an event)` : ''}`,
        ...(info.brokeOff
          ? [
              `end        breaks off at ${show.time(info.ns)}: ${info.brokeOff.why}; ${count(info.brokeOff.lost)} events more were seen and are not here`,
            ]
          : []),
        ...(breaksOff
          ? [`end        breaks off at ${show.time(info.ns)}: the recorder was killed, and what came later is not here`]
          : []),
        info.gaps.length > 0
          ? `gaps       ${info.gaps.length}`
          : `gaps       none${breaksOff || info.live || info.events === 0 ? '' : ': nothing is missing'}`,
        ...info.gaps
          .slice(0, 20)
          .map(
            (gap) =>
              `           ${gap.count === 0 ? 'some' : count(gap.count)} lost, ${gap.reason}, ${show.time(gap.fromNs)} to ${show.time(gap.toNs)}`,
          ),
        `events     ${count(info.events)}`,
        ...kinds(info.kinds),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });

/** Kinds and their numbers, most frequent first, in two columns. */
function kinds(numbers: RecordingInfo['kinds']): string[] {
  const cells = Object.entries(numbers)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, n]) => `${count(n).padStart(12)}  ${kind.padEnd(12)}`);
  const half = Math.ceil(cells.length / 2);
  return cells.slice(0, half).map((cell, i) => `           ${cell}${cells[half + i] ?? ''}`.trimEnd());
}
