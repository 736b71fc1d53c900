/** One process at one moment: all that the panel shows. */
import { Flags, isCrashReason, type Moment, type Recording, type StateAnswer } from '../recording/index.js';
import type { At, CauseView, MailboxView, MomentView, OriginResult, ProcessPanel, StateView } from './protocol.js';
import { baseState } from './process-history.js';
import type { Questions } from './questions.js';
import { buildTree, partAt, type TreeOptions } from './term-tree.js';
import { line, visible } from './text.js';
import { printTerm, type Resolved, type Term } from '../term/index.js';

const MAX_LISTED = 200;
const MAX_MAILBOX = 100;
const MAX_TEXT = 100_000;
/** States that were written though nothing changed, after which we no longer look for one that did. */
const MAX_UNCHANGED = 500;
const ORIGIN_MS = 400;

export function processPanel(
  questions: Questions,
  { process, at: wanted, base }: { process: number; at: At; base?: At | undefined },
): ProcessPanel {
  questions.known(process);
  const { recording } = questions;
  const at = questions.moment(wanted);
  const info = recording.processes()[process - 1]!;
  const aliveThen = (id: number): boolean => {
    const each = recording.processes()[id - 1]!;
    return each.spawnSeq <= at.seq && (each.exitSeq === 0 || each.exitSeq > at.seq);
  };
  const children = questions.pids.children(process).filter(aliveThen);
  const links = recording.links(process, at);
  const syntax = questions.syntaxOf(process);
  const options: TreeOptions = {
    syntax,
    pid: (number, serial) => questions.pids.find(info.node, number, serial, at),
  };
  const state = recording.state(process, at);
  const exitEvent = info.exitSeq > 0 && info.exitSeq <= at.seq ? recording.event(info.exitSeq) : undefined;
  const reason = exitEvent?.terms[0];
  return {
    at: { seq: at.seq, ns: at.ns },
    process,
    name: questions.table.view(process)?.name,
    alive: aliveThen(process),
    parent: info.parent,
    children: children.slice(0, MAX_LISTED),
    childrenTotal: children.length,
    links: links.slice(0, MAX_LISTED),
    linksTotal: links.length,
    state: state === undefined ? undefined : stateView(questions, process, state, options, base),
    previousChange: previousChange(recording, process, at, state?.seq),
    nextChange: nextChange(questions, process, at),
    mailbox: mailboxView(questions, process, at),
    exit:
      exitEvent === undefined
        ? undefined
        : {
            seq: exitEvent.seq,
            ns: exitEvent.ns,
            reason: reason === undefined ? { text: '' } : line(reason, syntax, 600),
            bad: isCrashReason(reason),
          },
  };
}

export function stateText(questions: Questions, { process, at }: { process: number; at: At }): { text: string } {
  questions.known(process);
  const state = questions.recording.state(process, questions.moment(at));
  if (state === undefined) return { text: '' };
  const syntax = questions.syntaxOf(process);
  return { text: visible(printTerm(state.value, { syntax, width: 98, maxLength: MAX_TEXT })) };
}

function stateView(
  questions: Questions,
  process: number,
  state: StateAnswer,
  options: TreeOptions,
  base: At | undefined,
): StateView {
  const then = base === undefined ? undefined : baseState(questions, process, base);
  const { tree, diff, diffMore } = buildTree(state.value, options, then?.value ?? state.previous?.value);
  const asked = base === undefined ? undefined : questions.moment(base);
  return {
    seq: state.seq,
    ns: state.ns,
    tree,
    previousSeq: state.previous?.seq ?? 0,
    diff,
    diffMore,
    base: then && asked && { at: { seq: asked.seq, ns: asked.ns }, seq: then.seq, ns: then.ns, first: then.first },
    changed: causeView(questions, state.changed, options),
    gaps: state.gaps,
  };
}

function causeView(questions: Questions, changed: StateAnswer['changed'], options: TreeOptions): CauseView | undefined {
  if (changed === undefined) return undefined;
  return {
    seq: changed.seq,
    ns: changed.ns,
    callback: questions.functionName(changed.fn) ?? 'a callback',
    message: changed.message === undefined ? undefined : line(changed.message, options.syntax, 400),
    from: changed.from,
    sendSeq: changed.sendSeq,
    sendNs: changed.sendSeq === 0 ? 0 : questions.recording.momentOf(changed.sendSeq).ns,
    arriveSeq: changed.arriveSeq,
  };
}

function previousChange(
  recording: Recording,
  process: number,
  at: Moment,
  current: number | undefined,
): MomentView | undefined {
  if (current === undefined) return undefined;
  for (const { seq, ns } of recording.stateChanges(process, at)) {
    if (seq < current) return { seq, ns };
  }
  return undefined;
}

function nextChange(questions: Questions, process: number, at: Moment): MomentView | undefined {
  const { recording } = questions;
  for (let from = at, tries = 0; tries < MAX_UNCHANGED; tries++) {
    const event = recording.nextEvent(process, from, 1, { kinds: ['state'] });
    if (event === undefined) return undefined;
    if ((event.flags & (Flags.CHANGED | Flags.BEFORE)) !== 0) return { seq: event.seq, ns: event.ns };
    from = { seq: event.seq, ns: event.ns };
  }
  return undefined;
}

function mailboxView(questions: Questions, process: number, at: Moment): MailboxView {
  const syntax = questions.syntaxOf(process);
  const answer = questions.recording.mailbox(process, at, MAX_MAILBOX);
  return {
    exact: answer.exact,
    messages: answer.messages
      .slice(0, MAX_MAILBOX)
      .map(({ seq, ns, from, message }) => ({ seq, ns, from, message: line(message, syntax, 300) })),
    total: answer.total,
    gaps: answer.gaps,
  };
}

/** Who gave a part of the state the value that it has. */
export function origin(questions: Questions, query: { process: number; at: At; path: string[] }): OriginResult {
  questions.known(query.process);
  const { recording } = questions;
  const { process, path } = query;
  const syntax = questions.syntaxOf(process);
  const until = performance.now() + ORIGIN_MS;
  const part = (whole: Term): Resolved => {
    const term = partAt(whole, path, syntax);
    return term === undefined ? { missing: 'absent' } : { term };
  };
  const answer = recording.origin(process, questions.moment(query.at), part, () => performance.now() <= until);
  const { change, looked = 0, gaveUp = false } = answer ?? {};
  // As found when recording began: nobody is known to have set it.
  const unseen = change === undefined || (change.found && change.before === undefined);
  if (unseen || !('term' in change.value)) return { found: undefined, looked, gaveUp };
  const { before } = change;
  const { node } = recording.processes()[process - 1]!;
  const at = questions.moment(query.at);
  const options: TreeOptions = { syntax, pid: (number, serial) => questions.pids.find(node, number, serial, at) };
  return {
    found: {
      seq: change.seq,
      ns: change.ns,
      cause: causeView(questions, change.cause, options),
      before: before !== undefined && 'term' in before ? line(before.term, syntax).text : undefined,
      after: line(change.value.term, syntax).text,
    },
    looked,
    gaveUp,
  };
}
