export { FrameParser, type Frame, type FrameHandlers } from './frames.js';
export {
  parseGoodbye,
  parseHello,
  parseNote,
  parseSource,
  type Goodbye,
  type Hello,
  type Note,
  type Source,
} from './messages.js';
export {
  Control,
  FrameType,
  GAP_REASONS,
  GapReason,
  PREFACE_BYTES,
  RECORD_HEADER_BYTES,
  RecordFlags,
  RecordKind,
  WIRE_VERSION,
  WireError,
} from './protocol.js';
export { clockBase, pidNumber, pidSerial, RecordCursor, type ClockBase } from './records.js';
export { readRingFile, type RingRest } from './ring-file.js';
