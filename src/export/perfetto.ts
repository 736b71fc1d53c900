/**
 * A Perfetto trace (https://perfetto.dev/docs/reference/trace-packet-proto): a process for each node, a thread for each Erlang process, a
 * slice for each callback and call, and flows from where a message is sent over where it arrives to the callback that handles it. Sends,
 * arrivals, births, exits, gaps, log events and bookmarks are instants.
 *
 * A slice whose end is not recorded ends with what is around it, or is open to the end.
 */
import {
  EVENT_KINDS,
  everyCall,
  kindCode,
  readMarks,
  type BulkRecording,
  type EventBlock,
  type EventKind,
} from '../recording/index.js';
import type { Names } from '../sql/index.js';
import { printTerm } from '../term/index.js';
import type { Output } from './output.js';
import { Message } from './protobuf.js';

/** Field numbers of perfetto/trace/trace_packet.proto and what it includes. */
const PACKET = 1;
const TracePacket = {
  timestamp: 8,
  sequenceId: 10,
  trackEvent: 11,
  internedData: 12,
  sequenceFlags: 13,
  trackDescriptor: 60,
};
const TrackDescriptor = { uuid: 1, process: 3, thread: 4, parent: 5 };
const ProcessDescriptor = { pid: 1, name: 6 };
const ThreadDescriptor = { pid: 1, tid: 2, name: 5 };
const TrackEvent = {
  annotations: 4,
  type: 9,
  nameIid: 10,
  track: 11,
  categories: 22,
  name: 23,
  flows: 47,
  endingFlows: 48,
};
const Annotation = { uint: 3, text: 6, name: 10 };
const InternedData = { eventNames: 2 };
const EventName = { iid: 1, name: 2 };
const [BEGIN, END, INSTANT] = [1, 2, 3];
const [CLEARED, NEEDS_NAMES] = [1, 2];

const INSTANTS = ['spawn', 'exit', 'send', 'arrive', 'log', 'gap'] as const satisfies readonly EventKind[];
/** Of the text of a message. */
const TEXT = 120;

export function writePerfetto(recording: BulkRecording, names: Names, output: Output): void {
  // Millions of packets are written through the same few buffers.
  const [outside, inside, happened, annotation] = [new Message(), new Message(), new Message(), new Message()];
  const annotate = annotator(annotation);
  const packet = (fill: (packet: Message) => void, flags = NEEDS_NAMES): void => {
    fill(inside.clear().number(TracePacket.sequenceId, 1).number(TracePacket.sequenceFlags, flags));
    output.bytes(outside.clear().message(PACKET, inside).bytes());
  };
  const event = (ns: number, type: number, process: number, fill: (event: Message) => void): void =>
    packet((one) => {
      const message = happened.clear().number(TrackEvent.type, type).number(TrackEvent.track, threadTrack(process));
      fill(message);
      one.number(TracePacket.timestamp, ns).message(TracePacket.trackEvent, message);
    });

  packet(() => undefined, CLEARED);
  writeTracks(recording, names, packet);

  const known = new Set<number>();
  const lost = new Map<number, number>();
  const spans = everyCall(recording, {
    begins: ({ process, fn, seq, cause, startNs, callback }) => {
      if (fn !== 0 && !known.has(fn)) {
        known.add(fn);
        const name = new Message().number(EventName.iid, fn).text(EventName.name, names.function(fn) ?? '?');
        packet((one) => one.message(TracePacket.internedData, new Message().message(InternedData.eventNames, name)));
      }
      event(startNs, BEGIN!, process, (message) => {
        if (fn === 0) message.text(TrackEvent.name, callback ? 'callback' : 'call');
        else message.number(TrackEvent.nameIid, fn);
        message.text(TrackEvent.categories, callback ? 'callback' : 'call');
        annotate(message, 'event', seq);
        if (cause !== 0) message.fixed64(TrackEvent.endingFlows, cause);
      });
    },
  });
  for (const { process, endSeq, endNs, raised } of spans) {
    if (endSeq === 0) {
      lost.set(process, (lost.get(process) ?? 0) + 1);
      continue;
    }
    for (let n = lost.get(process) ?? 0; n > 0; n--) event(endNs, END!, process, () => undefined);
    lost.delete(process);
    event(endNs, END!, process, (message) => {
      if (raised) annotate(message, 'raised', 1);
    });
  }

  const codes = new Set<number>(INSTANTS.map(kindCode));
  // What only stands at the beginning of a window did not happen in it.
  const first = recording.start().seq + 1;
  for (const block of recording.blocks({ kinds: INSTANTS, from: first })) {
    const kinds = block.kinds();
    for (let row = 0; row < block.count; row++) {
      if (!codes.has(kinds[row]!) || block.firstSeq + row < first) continue;
      event(block.ns()[row]!, INSTANT!, block.processes()[row]!, (message) =>
        instant(message, block, row, names, annotate),
      );
    }
  }
  for (const mark of readMarks(recording.path))
    event(mark.ns, INSTANT!, mark.process, (message) => {
      message.text(TrackEvent.name, mark.name).text(TrackEvent.categories, 'mark');
      annotate(message, 'event', mark.seq);
      if (mark.path !== '') annotate(message, 'path', mark.path);
      if (mark.text !== '') annotate(message, 'note', mark.text);
    });
}

function instant(message: Message, block: EventBlock, row: number, names: Names, annotate: Annotate): void {
  const seq = block.firstSeq + row;
  const kind = EVENT_KINDS[block.kinds()[row]!]!;
  message.text(TrackEvent.name, kind).text(TrackEvent.categories, kind);
  annotate(message, 'event', seq);
  const cause = block.causes()[row]!;
  // What arrives is what was sent: its text stands there.
  const term = kind === 'arrive' && cause !== 0 ? undefined : block.terms(row)[0];
  if (term !== undefined) annotate(message, 'value', printTerm(term, { syntax: names.syntax, maxLength: TEXT }));
  if (kind === 'send') message.fixed64(TrackEvent.flows, seq);
  if (kind !== 'arrive') return;
  if (cause !== 0) message.fixed64(TrackEvent.flows, cause);
  message.fixed64(TrackEvent.flows, seq);
}

function writeTracks(recording: BulkRecording, names: Names, packet: (fill: (packet: Message) => void) => void): void {
  const track = (descriptor: Message): void => packet((one) => one.message(TracePacket.trackDescriptor, descriptor));
  const nodes = recording.info().nodes;
  nodes.forEach((node, n) => {
    const process = new Message().number(ProcessDescriptor.pid, n + 1).text(ProcessDescriptor.name, node.name);
    track(new Message().number(TrackDescriptor.uuid, nodeTrack(n)).message(TrackDescriptor.process, process));
  });
  const thread = (id: number, node: number, name: string): void => {
    const descriptor = new Message()
      .number(ThreadDescriptor.pid, node + 1)
      .number(ThreadDescriptor.tid, id + nodes.length + 1)
      .text(ThreadDescriptor.name, name);
    track(new Message().number(TrackDescriptor.uuid, threadTrack(id)).number(TrackDescriptor.parent, nodeTrack(node)).message(TrackDescriptor.thread, descriptor)); // prettier-ignore
  };
  // Events of no process, such as gaps.
  thread(0, 0, 'recording');
  for (const { id, node } of recording.processes())
    thread(id, node, [names.name(id), names.pid(id)].filter((part) => part !== undefined).join(' '));
}

type Annotate = (event: Message, name: string, value: number | string) => void;

function annotator(annotation: Message): Annotate {
  return (event, name, value) => {
    annotation.clear();
    if (typeof value === 'number') annotation.number(Annotation.uint, value);
    else annotation.text(Annotation.text, value);
    event.message(TrackEvent.annotations, annotation.text(Annotation.name, name));
  };
}

const nodeTrack = (node: number): number => 2 * (node + 1);
const threadTrack = (process: number): number => 2 * process + 1;
