/** The part of the protocol that speaks of code: stacks, variables, sources, lines, depths. Types only, as all of the protocol. */
import type { PrintMethods } from './print-protocol.js';
import type { At, GapView, MomentView, ProcessNumber, SeqNumber, Text, TreeNode } from './protocol.js';

/** A function under way. */
export interface FrameView {
  /** Its call, or the callback's beginning; stands for the frame in questions. */
  seq: SeqNumber;
  ns: number;
  /** As the node knows it, `Elixir.Shop.Stock`; what `source` and `depth` take. */
  module: string;
  /** `reserve/2`. */
  name: string;
  /** `Shop.Stock.reserve/2`. */
  text: string;
  /** A callback of a behaviour, seen from outside: its own call is not recorded. */
  callback: boolean;
  /** Undefined: recorded without values. */
  args: Text | undefined;
  /** Where it stands; undefined: its lines are not recorded, or it has not reached its first. */
  line: number | undefined;
  lineSeq: SeqNumber;
  /** The source of its module came along. */
  source: boolean;
}
export interface VariableView {
  name: string;
  tree: TreeNode;
  seq: SeqNumber;
  ns: number;
  /** The line that bound it; 0: not known. */
  line: number;
}
/** Where a process stands in its code. */
export interface CodeView {
  at: MomentView;
  process: ProcessNumber;
  /** Innermost first. */
  frames: FrameView[];
  more: number;
  gaps: GapView[];
  /** Of the chosen frame; undefined: nothing is under way. */
  variables:
    | {
        /** Its call. */
        frame: SeqNumber;
        list: VariableView[];
        more: number;
        /** Why nothing more is known. */
        why: string | undefined;
        gaps: GapView[];
      }
    | undefined;
}

/** A module whose source is known to exist. */
export interface SourceView {
  module: string;
  node: number;
  /** As its language writes it, `Shop.Stock`. */
  title: string;
  file: string;
  language: 'elixir' | 'erlang';
  /** Of the text; 0: there is none, and `why` says so. */
  lines: number;
  why: string | undefined;
}
export interface SourcePage extends SourceView {
  from: number;
  /** Lines from `from` (0: the first) on; each shortened where it is longer than any screen. */
  text: string[];
}
export interface LineCountsResult {
  /** Pairs of a line and how often execution arrived there, by line. */
  counts: [line: number, count: number][];
  /** Functions of the module, by line. */
  functions: { name: string; line: number; lines: boolean }[];
  /** Lines at which something can be recorded, as far as known: those without a count were not reached. */
  points: number[];
}
export interface LineValuesView {
  line: number;
  seq: SeqNumber;
  ns: number;
  values: { label: string; expression: boolean; text: Text; seq: SeqNumber }[];
  /** Values that are not listed. */
  more: number;
}
export type DepthName = 'off' | 'count' | 'call' | 'values' | 'lines' | 'expressions';

export interface CodeMethods extends PrintMethods {
  code: { params: { process: ProcessNumber; at: At; frame?: SeqNumber }; result: CodeView };
  sources: { params: { text?: string; limit?: number }; result: { sources: SourceView[]; total: number } };
  source: { params: { module: string; node?: number; from: number; count: number }; result: SourcePage };
  lineCounts: { params: { module: string; node?: number; process?: ProcessNumber }; result: LineCountsResult };
  lineValues: {
    params: { module: string; process: ProcessNumber; at: At; from: number; to: number };
    result: { lines: LineValuesView[] };
  };
  nextLine: {
    params: { module: string; line: number; from: At; direction: 1 | -1; process?: ProcessNumber };
    result: { found: (MomentView & { process: ProcessNumber }) | undefined };
  };
  functions: {
    params: { text: string; limit?: number };
    result: { functions: { module: string; name: string; text: string; line: number }[]; done: boolean };
  };
  /** Changes how deep a running program is recorded; refused where the recording is not live, or nobody can change it. */
  depth: { params: { module: string; function: string; depth: DepthName }; result: { said: string } };
}
