/** Where a process stands in its code at a moment: the functions under way, and what their variables are bound to. */
import type { CodeQuestions, Moment, StackFrame } from '../recording/index.js';
import type { At, CodeView, FrameView, VariableView } from './protocol.js';
import type { Questions } from './questions.js';
import { buildTree, type TreeOptions } from './term-tree.js';
import { argumentsLine, functionText } from './text.js';

const MAX_FRAMES = 200;
const MAX_VARIABLES = 200;
/** Nodes of the trees of all variables together. */
const MAX_NODES = 12_000;

export function codeView(
  questions: Questions,
  query: { process: number; at: At; frame?: number | undefined },
): CodeView {
  questions.known(query.process);
  const { process } = query;
  const code = questions.recording;
  const at = questions.moment(query.at);
  const stack = code.stack(process, at, MAX_FRAMES);
  const sources = questions.sources;
  const frames = stack.frames.map((frame) => frameView(questions, process, frame, (module) => sources.has(module)));
  const wanted = frames.some((each) => each.seq === query.frame) ? query.frame : frames[0]?.seq;
  return {
    at: { seq: at.seq, ns: at.ns },
    process,
    frames,
    more: stack.more,
    gaps: stack.gaps,
    variables: wanted === undefined ? undefined : variables(questions, code, process, at, wanted),
  };
}

function frameView(
  questions: Questions,
  process: number,
  frame: StackFrame,
  hasSource: (module: string) => boolean,
): FrameView {
  const { recording } = questions;
  const fn = recording.function(frame.fn);
  const syntax = questions.syntaxOf(process);
  return {
    seq: frame.seq,
    ns: frame.ns,
    module: fn?.module ?? '',
    name: fn === undefined ? '' : `${fn.name}/${String(fn.arity)}`,
    text: fn === undefined ? 'unknown function' : functionText(fn, syntax),
    callback: recording.event(frame.seq)?.kind === 'handle',
    args: frame.args === undefined ? undefined : argumentsLine(frame.args, syntax, 300),
    line: frame.line ?? undefined,
    lineSeq: frame.lineSeq,
    source: fn !== undefined && hasSource(fn.module),
  };
}

function variables(
  questions: Questions,
  code: CodeQuestions,
  process: number,
  at: Moment,
  frame: number,
): CodeView['variables'] {
  const answer = code.variables(process, at, frame);
  if (answer === undefined) return undefined;
  const { recording } = questions;
  const { node } = recording.processes()[process - 1]!;
  const shown = answer.variables.slice(0, MAX_VARIABLES);
  const options: TreeOptions = {
    syntax: questions.syntaxOf(process),
    pid: (number, serial) => questions.pids.find(node, number, serial, at),
    maxNodes: Math.max(20, Math.floor(MAX_NODES / Math.max(1, shown.length))),
  };
  return {
    frame: answer.frame.seq,
    list: shown.map(({ name, value, seq, line: bound }): VariableView => ({
      name,
      tree: buildTree(value, options).tree,
      seq,
      ns: recording.momentOf(seq).ns,
      line: bound,
    })),
    more: answer.variables.length - shown.length,
    why: answer.why,
    gaps: answer.gaps,
  };
}
