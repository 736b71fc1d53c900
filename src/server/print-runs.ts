/**
 * Printing afterwards is asked for a page at a time. Where a page ended is kept, with all that is known there, so that the next one goes on instead
 * of beginning anew. A page asked for otherwise just begins anew.
 */
import type { Recording } from '../recording/index.js';
import { Printer, type PrintPlace } from './print-hits.js';
import type { PrintWalk } from './print-walk.js';

const MAX_RUNS = 8;

export interface PrintRun {
  key: string;
  /** Events of the recording when it began: what has grown is walked along anew. */
  events: number;
  printer: Printer;
  walk: PrintWalk;
}

export class PrintRuns {
  private runs: PrintRun[] = [];

  constructor(private readonly recording: Recording) {}

  /** Throws an ExpressionError. */
  take(
    query: PrintPlace & { expression: string; from: number; process?: number | undefined },
    syntax: 'elixir' | 'erlang',
    events: number,
  ): PrintRun {
    const { module, line, expression, from, process } = query;
    const key = JSON.stringify([module, line, expression, syntax, process ?? 0]);
    const kept = this.runs.find((each) => each.key === key && each.walk.seq === from && each.events === events);
    if (kept !== undefined) {
      this.runs = this.runs.filter((each) => each !== kept);
      return kept;
    }
    const printer = new Printer(this.recording, query, expression, syntax);
    return { key, events, printer, walk: printer.walk(from, process) };
  }

  keep(run: PrintRun): void {
    this.runs = [run, ...this.runs].slice(0, MAX_RUNS);
  }
}
