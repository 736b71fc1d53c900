import { Command } from 'commander';
import type { OriginAnswer, RecordedEvent, Trail } from '../../recording/index.js';
import { printPath, type Path } from '../../term/index.js';
import { atOption, findProcess, jsonOption, moment, path, syntaxOption } from '../options.js';
import { eventJson } from '../event-line.js';
import { openNamed } from '../recordings.js';
import { Show, type Syntax } from '../show.js';
import { fit, table } from '../table.js';
import { UsageError } from '../usage-error.js';
import { diffOf, missing, valueText } from './history.js';

interface Options {
  at: string;
  json?: boolean;
  syntax?: Syntax;
}

/** Messages are shown to this length. */
const VALUE = 200;

export const whyCommand = (): Command =>
  new Command('why')
    .description(
      'who wrote a value: the change, the message that led to it, its sender, what that was doing, and so on back',
    )
    .argument('<recording>')
    .argument('<pid>', '<0.123.0> or a registered name')
    .argument('[path]', 'a part of the state: orders[3].status, free["tea-bowl"] (default: the state as a whole)', '')
    .addOption(atOption())
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, pid: string, text: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const at = moment(recording, options.at);
      const id = findProcess(recording, pid, at);
      const part = path(text);
      const answer = recording.origin(id, at, part);
      if (!answer?.change || !answer.trail)
        throw new UsageError(`no state of ${show.process(id)} is known at ${show.moment(at)}`);
      if (options.json) {
        const { change, trail } = answer;
        const json = {
          pid: show.pid(id),
          path: printPath(part),
          moment: at,
          value: valueText(change.value, show),
          before: change.before === undefined ? null : valueText(change.before, show),
          seq: change.seq,
          ns: change.ns,
          certain: change.certain,
          found: change.found,
          trail: trail.steps.map(({ event, sure }) => ({ ...withoutState(event, show), sure })),
          end: trail.end,
          endPid: trail.process === 0 ? null : show.pid(trail.process),
          gaps: [...answer.gaps, ...trail.gaps],
        };
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const subject = part.length === 0 ? 'the state' : printPath(part);
      process.stdout.write(`${subject} of ${show.process(id)} at ${show.moment(at)}\n\n${story(answer, part, show)}\n`);
    });

/** The state itself can be large and is told by value and before. */
function withoutState(event: RecordedEvent, show: Show): Record<string, unknown> {
  const json = eventJson(event, show);
  return event.kind === 'state' ? { ...json, terms: [] } : json;
}

function story(answer: OriginAnswer, part: Path, show: Show): string {
  const { change, trail } = answer;
  if (!change || !trail) return '';
  const lines = diffOf(change, part, show) ?? [
    `= ${valueText(change.value, show) ?? missing(change.value)}   (no earlier state is recorded)`,
  ];
  if (!change.certain) lines.push('? not recorded whole around this change: it may be older');
  const rows = trail.steps.map(({ event, sure }, i) => [
    `#${event.seq}`,
    show.time(event.ns),
    show.process(event.process),
    `${!sure && trail.steps[i - 1]?.sure ? '(last before, perhaps why) ' : ''}${doing(event, show)}`,
  ]);
  const out = [
    ...lines.map((line) => `  ${line}`),
    '',
    table(
      [{ title: 'EVENT', right: true }, { title: 'TIME', right: true }, { title: 'PROCESS' }, { title: 'DID' }],
      rows,
    ),
    `no further back: ${ending(trail, show)}`,
  ];
  for (const gap of [...answer.gaps, ...trail.gaps])
    out.push(
      `on the way ${gap.count} events are missing (${gap.reason}, ${show.time(gap.fromNs)} to ${show.time(gap.toNs)}): there may be more to it`,
    );
  return out.join('\n');
}

function doing(event: RecordedEvent, show: Show): string {
  const first = event.terms[0] === undefined ? '' : ` ${fit(show.term(event.terms[0]), VALUE)}`;
  const fn = show.function(event.fn);
  switch (event.kind) {
    case 'state':
      return 'had a new state';
    case 'handle':
      return `ran ${fn} for${first}`;
    case 'arrive':
      return `got${first}${event.peer === 0 ? '' : ` from ${show.process(event.peer)}`}`;
    case 'send':
      return `sent${first}${event.peer === 0 ? '' : ` to ${show.process(event.peer)}`}`;
    case 'spawn':
      return `was started by ${show.process(event.peer)}${fn === '' ? '' : ` to run ${fn}`}`;
    default:
      return `${event.kind}${fn === '' ? '' : ` ${fn}`}${first}`;
  }
}

function ending(trail: Trail, show: Show): string {
  const who = trail.process === 0 ? 'its sender' : show.process(trail.process);
  switch (trail.end) {
    case 'found':
      return 'the state was found like this when recording began, or after a gap';
    case 'no callback':
      return 'it is not recorded which callback did this';
    case 'no message':
      return 'the callback ran for no recorded message: a timeout, a start before the recording, or one that could not be told apart';
    case 'no send':
      return trail.process === 0
        ? 'who sent this is not recorded (a timer, a port, another node, or before the recording)'
        : `${who} sent this, and that is not recorded`;
    case 'plain code':
      return `${who} ran code of its own, in no callback: what made it do this is not recorded`;
    case 'no parent':
      return 'who started it is not recorded';
    case 'limit':
      return 'hundreds of steps; go on from the last one';
  }
}
