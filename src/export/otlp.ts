/**
 * OpenTelemetry traces as the OTLP file format: JSON Lines, each line a TracesData
 * (https://opentelemetry.io/docs/specs/otel/protocol/file-exporter). A span for each callback and call; an outermost one is a trace of its
 * own, and is linked to the span in which the message that it handles was sent.
 *
 * OTLP wants every span ended: one whose end is not recorded ends with the recording and has `elixirscope.unfinished`.
 */
import { createHash } from 'node:crypto';
import { everyCall, type BulkRecording, type CallSpan, type Seq } from '../recording/index.js';
import type { Names } from '../sql/index.js';
import type { Output } from './output.js';

const LINE_SPANS = 256;
/** Sends whose span is remembered; of older ones it is looked up again. */
const REMEMBERED = 1 << 18;
const INTERNAL = 1;
const CONSUMER = 5;
const ERROR = 2;

interface Sender {
  root: Seq;
  seq: Seq;
}

export function writeOtlp(recording: BulkRecording, names: Names, output: Output): void {
  const info = recording.info();
  const startNs = BigInt(Date.parse(info.startedAt)) * 1_000_000n;
  const unique = createHash('sha256').update(`${info.startedAt} ${recording.path}`).digest('hex').slice(0, 16);
  const processes = recording.processes();
  const waiting = new Map<number, object[]>();
  const senders = new Map<Seq, Sender>();
  let forgotten = 0;
  const write = (node: number, spans: readonly object[]): void => {
    const about = info.nodes[node];
    const resource = { attributes: [attribute('service.name', about?.name ?? 'unknown'), attribute('process.runtime.name', 'BEAM'), attribute('process.runtime.version', about?.otp ?? '')] }; // prettier-ignore
    output.text(`${JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'elixirscope' }, spans }] }] })}\n`); // prettier-ignore
  };
  const spans = everyCall(recording, {
    sends: (seq, around) => {
      if (around === undefined) return;
      senders.set(seq, { root: around.root, seq: around.seq });
      if (senders.size <= REMEMBERED) return;
      for (const oldest of senders.keys()) {
        senders.delete(oldest);
        forgotten = oldest;
        break;
      }
    },
  });
  for (const span of spans) {
    const sendSeq = span.cause === 0 ? 0 : causeOf(recording, span.cause);
    const known = senders.get(sendSeq);
    const sender = known ?? (sendSeq > 0 && sendSeq <= forgotten ? senderOf(recording, sendSeq) : undefined);
    senders.delete(sendSeq);
    const node = processes[span.process - 1]?.node ?? 0;
    const batch = waiting.get(node) ?? [];
    waiting.set(node, batch);
    batch.push(spanJson(span, sender, { names, unique, startNs, endNs: info.ns }));
    if (batch.length < LINE_SPANS) continue;
    write(node, batch);
    waiting.delete(node);
  }
  for (const [node, batch] of waiting) write(node, batch);
}

function spanJson(
  span: CallSpan,
  sender: Sender | undefined,
  { names, unique, startNs, endNs }: { names: Names; unique: string; startNs: bigint; endNs: number },
): object {
  const traceId = (root: Seq): string => `${unique}${spanId(root)}`;
  const time = (ns: number): string => (startNs + BigInt(ns)).toString();
  const name = names.name(span.process);
  return {
    traceId: traceId(span.root),
    spanId: spanId(span.seq),
    ...(span.parent === 0 ? {} : { parentSpanId: spanId(span.parent) }),
    name: names.function(span.fn) ?? (span.callback ? 'callback' : 'call'),
    kind: span.callback ? CONSUMER : INTERNAL,
    startTimeUnixNano: time(span.startNs),
    endTimeUnixNano: time(span.endSeq === 0 ? endNs : span.endNs),
    attributes: [
      attribute('erlang.pid', names.pid(span.process) ?? ''),
      ...(name === undefined ? [] : [attribute('erlang.process', name)]),
      { key: 'elixirscope.event', value: { intValue: String(span.seq) } },
      ...(span.endSeq === 0 ? [{ key: 'elixirscope.unfinished', value: { boolValue: true } }] : []),
    ],
    links: sender === undefined ? [] : [{ traceId: traceId(sender.root), spanId: spanId(sender.seq) }],
    status: span.raised ? { code: ERROR } : {},
  };
}

const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });
const spanId = (seq: Seq): string => seq.toString(16).padStart(16, '0');

function causeOf(recording: BulkRecording, seq: Seq): Seq {
  const block = recording.blockAt(seq);
  return block?.causes()[seq - block.firstSeq] ?? 0;
}

/** The callback in which a message was sent, looked for backwards from its send. */
function senderOf(recording: BulkRecording, sendSeq: Seq): Sender | undefined {
  const block = recording.blockAt(sendSeq);
  const process = block?.processes()[sendSeq - block.firstSeq] ?? 0;
  if (process === 0) return undefined;
  const before = recording.nextEvent(process, recording.momentOf(sendSeq), -1, { kinds: ['handle', 'handled'] });
  return before?.kind === 'handle' ? { root: before.seq, seq: before.seq } : undefined;
}
