/**
 * A speedscope file (https://www.speedscope.app/file-format-schema.json): a profile for each process that has callbacks or calls, with time
 * on the wall in nanoseconds. speedscope wants every frame closed: one whose end is not recorded closes with what is around it, with its
 * process, or at the end.
 */
import { everyCall, type BulkRecording, type CallSpan, type ProcessInfo } from '../recording/index.js';
import type { Names } from '../sql/index.js';
import type { Output } from './output.js';

const KINDS = ['call', 'handle'] as const;

export function writeSpeedscope(recording: BulkRecording, names: Names, output: Output): void {
  const frames = Array.from({ length: names.functions.ids }, (_, fn) => ({ name: names.function(fn) ?? 'unknown' }));
  const head = {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'elixirscope',
    name: recording.info().command ?? 'recording',
    shared: { frames },
  };
  output.text(`${JSON.stringify(head).slice(0, -1)},"profiles":[`);
  let profiles = 0;
  let busiest = { index: 0, spans: 0 };
  for (const process of recording.processes()) {
    if (recording.blocks({ process: process.id, kinds: KINDS }).next().done) continue;
    const name = [names.name(process.id), names.pid(process.id)].filter((part) => part !== undefined).join(' ');
    output.text(`${profiles === 0 ? '' : ','}\n{"type":"evented","name":${JSON.stringify(name)},"unit":"nanoseconds","events":[`); // prettier-ignore
    const spans = writeEvents(recording, process, output);
    output.text(`],"startValue":0,"endValue":${recording.end().ns}}`);
    if (spans > busiest.spans) busiest = { index: profiles, spans };
    profiles++;
  }
  output.text(`\n],"activeProfileIndex":${busiest.index}}\n`);
}

function writeEvents(recording: BulkRecording, { id, exitSeq }: ProcessInfo, output: Output): number {
  let written = 0;
  const event = (type: 'O' | 'C', frame: number, at: number): void => {
    output.text(`${written++ === 0 ? '' : ','}\n{"type":"${type}","frame":${frame},"at":${at}}`);
  };
  // Those without an end of their own, the innermost first.
  let unended: CallSpan[] = [];
  const close = (at: number): void => {
    for (const { fn } of unended) event('C', fn, at);
    unended = [];
  };
  for (const span of everyCall(recording, { process: id, begins: ({ fn, startNs }) => event('O', fn, startNs) })) {
    if (span.endSeq === 0) unended.push(span);
    else {
      close(span.endNs);
      event('C', span.fn, span.endNs);
    }
  }
  close(exitSeq === 0 ? recording.end().ns : recording.momentOf(exitSeq).ns);
  return written;
}
