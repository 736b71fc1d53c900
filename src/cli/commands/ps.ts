import { Command, Option } from 'commander';
import { atOption, jsonOption, moment, syntaxOption } from '../options.js';
import {
  isRuntimeProcess,
  processTree,
  type ProcessAt,
  type ProcessNode,
  type Recording,
} from '../../recording/index.js';
import { openNamed } from '../recordings.js';
import { bytes, count, counted, Show, type Syntax } from '../show.js';
import { table } from '../table.js';

interface Options {
  at: string;
  all?: boolean;
  sort?: 'mailbox' | 'state';
  tree?: boolean;
  json?: boolean;
  syntax?: Syntax;
}

export const psCommand = (): Command =>
  new Command('ps')
    .description('the processes alive at a moment')
    .argument('<recording>')
    .addOption(atOption())
    .option('--all', 'those that come with Erlang, Elixir and their tools too')
    .addOption(
      new Option('--sort <by>', 'all of them, the longest mailbox or the largest state first').choices([
        'mailbox',
        'state',
      ]),
    )
    .option('--tree', 'under the processes that started them')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const at = moment(recording, options.at);
      const infos = recording.processes();
      const alive = recording.processesAt(at);
      if (options.json) {
        const rows = alive.map((process) => ({
          pid: show.pid(process.id),
          name: process.name ?? null,
          runs: show.function(infos[process.id - 1]?.fn ?? 0) || null,
          behaviour: infos[process.id - 1]?.behaviour ?? null,
          parent: process.parent === 0 ? null : show.pid(process.parent),
          mailbox: process.mailbox ?? null,
          stateBytes: process.stateBytes ?? null,
          links: process.links.map((id) => show.pid(id)),
        }));
        process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
        return;
      }
      const indents = new Map<number, string>();
      const own = alive.filter(({ id }) => !isRuntime(recording, id));
      // A node may run nothing else.
      const all = options.all === true || options.sort !== undefined || own.length === 0;
      const chosen = sorted(all ? alive : own, options.sort);
      const order = options.tree ? outline(processTree(chosen), indents) : chosen;
      const rows = order.map((process) => [
        `${indents.get(process.id) ?? ''}${show.pid(process.id)}`,
        process.name === undefined ? '' : show.name(process.name),
        process.mailbox === undefined ? '' : count(process.mailbox),
        process.stateBytes === undefined ? '' : bytes(process.stateBytes),
        show.function(infos[process.id - 1]?.fn ?? 0),
        process.parent === 0 ? '' : show.process(process.parent),
      ]);
      const columns = [
        { title: 'PID' },
        { title: 'NAME' },
        { title: 'MAILBOX', right: true },
        { title: 'STATE', right: true },
        { title: 'RUNS' },
        { title: 'PARENT' },
      ];
      const hidden = alive.length - chosen.length;
      const rest = hidden === 0 ? '' : `, and ${count(hidden)} of Erlang, Elixir and their tools (--all shows them)`;
      process.stdout.write(
        `${table(columns, rows)}\n${counted(chosen.length, 'process', 'processes')} alive at ${show.moment(at)}${rest}\n`,
      );
    });

function isRuntime(recording: Recording, id: number): boolean {
  const info = recording.processes()[id - 1];
  return info !== undefined && isRuntimeProcess(info, info.fn === 0 ? undefined : recording.function(info.fn));
}

function sorted(processes: readonly ProcessAt[], by: Options['sort']): readonly ProcessAt[] {
  if (by === undefined) return processes;
  const amount = (one: ProcessAt): number => (by === 'mailbox' ? one.mailbox : one.stateBytes) ?? -1;
  return [...processes].sort((a, b) => amount(b) - amount(a));
}

/** The processes of a tree, each after its parent, with the lines to draw in front of it. */
function outline(nodes: readonly ProcessNode[], into: Map<number, string>): ProcessAt[] {
  const found: ProcessAt[] = [];
  const open = nodes.map((node, i) => ({ node, indent: '', last: i === nodes.length - 1, root: true })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, last, root } = next;
    into.set(node.process.id, root ? '' : `${next.indent}${last ? '└ ' : '├ '}`);
    found.push(node.process);
    const below = root ? next.indent : `${next.indent}${last ? '  ' : '│ '}`;
    const children = node.children.map((child, i) => ({ node: child, indent: below, last: i === node.children.length - 1, root: false })); // prettier-ignore
    open.push(...children.reverse());
  }
  return found;
}
