/** Every method of the protocol, answered from a `Recording` and nothing else. */
import {
  EVENT_KINDS,
  isCrashReason,
  parseMoment,
  RecordingError,
  type EventKind,
  type Moment,
  type Recording,
  type RecordingInfo,
} from '../recording/index.js';
import { basename } from 'node:path';
import { AreaDesk } from './area-desk.js';
import { area } from './area-questions.js';
import { codeView } from './code-questions.js';
import { CompareQuestions } from './compare-questions.js';
import { changeDepth, type ChangeDepth } from './depth.js';
import { eventsPage, eventDetail, search } from './event-questions.js';
import { RpcFailure } from './failure.js';
import { here } from './here.js';
import { interesting } from './interesting.js';
import { Occasions } from './occasions.js';
import { RaiseFinder } from './raises.js';
import { Pids } from './pids.js';
import { changes, sides, strip, type ToldSteps } from './process-history.js';
import { printAfter, printNames } from './print-questions.js';
import { PrintRuns } from './print-runs.js';
import { processPanel, origin, stateText } from './process-panel.js';
import { ProcessTable } from './process-table.js';
import type { MarkBook } from './mark-book.js';
import { mark, valueAt } from './marks-questions.js';
import { LaneQuestions } from './lane-questions.js';
import { plans } from './plans.js';
import type { At, CrashesResult, InfoView, Tick } from './protocol.js';
import { relations } from './relations.js';
import { sequence } from './sequence.js';
import type { CheckedRequest } from './schemas.js';
import { functions, lineCounts, lineValues, nextLine, source, sources } from './source-questions.js';
import { Sources } from './sources.js';
import type { SqlDesk } from './sql-desk.js';
import { SystemQuestions } from './system-questions.js';
import { functionText, line, visible, type Syntax } from './text.js';
import { valueTrail } from './value-trail.js';
import { Overview } from './overview.js';
import { arrows, marks, memory, slices, timeline } from './timeline-questions.js';

const CRASH_BUDGET_MS = 30;

export class Questions {
  readonly table: ProcessTable;
  readonly pids: Pids;
  private readonly overview = new Overview(this);
  readonly lanes: LaneQuestions;
  readonly told: ToldSteps = new Map();
  readonly sources: Sources;
  readonly prints: PrintRuns;
  readonly areas: AreaDesk;
  private readonly system = new SystemQuestions(this);
  private readonly occasions = new Occasions(this);
  private readonly raises = new RaiseFinder(this);
  private readonly compare: CompareQuestions;
  private info: RecordingInfo;
  private exits: { version: number; list: { process: number; seq: number }[] } = { version: 0, list: [] };

  constructor(
    readonly recording: Recording,
    private readonly changeDepth?: ChangeDepth,
    /** Where bookmarks lie; without one there are none. */
    private readonly markBook?: MarkBook,
    /** What is asked of the recording that this one was opened with. */
    private readonly other?: Questions,
    /** The program that counts areas, where it is not the built one. */
    areaProgram?: string,
  ) {
    this.info = recording.info();
    this.compare = new CompareQuestions([this, other]);
    this.table = new ProcessTable(recording, this.nodeSyntax);
    this.pids = new Pids(recording);
    this.lanes = new LaneQuestions(this);
    this.areas = new AreaDesk(recording, areaProgram);
    this.prints = new PrintRuns(recording);
    this.sources = new Sources(recording, () => this.info.events);
  }

  /** After the recording has grown. */
  update(): Tick {
    this.info = this.recording.info();
    this.table.update();
    return this.tick();
  }

  /** After the recording that this one was opened with has grown: what was compared with it is compared anew. */
  updateOther(): Tick {
    this.other?.update();
    this.compare.forgetOther();
    return this.tick();
  }

  tick(): Tick {
    const end = this.recording.end();
    return {
      tick: {
        events: this.info.events,
        processes: this.table.size,
        ns: this.info.ns,
        endSeq: end.seq,
        live: this.info.live,
        version: this.table.version,
        marks: this.markBook?.version ?? 0,
        otherSeq: this.other?.recording.end().seq ?? 0,
      },
    };
  }

  get live(): boolean {
    return this.info.live;
  }
  get events(): number {
    return this.info.events;
  }

  readonly nodeSyntax = (node: number): Syntax =>
    this.info.nodes[node] !== undefined && this.info.nodes[node].elixir === undefined ? 'erlang' : 'elixir';

  syntaxOf(process: number): Syntax {
    return this.nodeSyntax(this.recording.processes()[process - 1]?.node ?? 0);
  }

  functionName = (id: number): string | undefined => {
    const fn = this.recording.function(id);
    return fn === undefined ? undefined : functionText(fn, this.nodeSyntax(fn.node));
  };

  moment(at: At): Moment {
    const end = this.recording.end();
    if ('seq' in at) {
      if (at.seq <= 0) return this.recording.start();
      return at.seq >= end.seq ? end : this.recording.momentOf(at.seq);
    }
    return at.ns >= end.ns ? end : this.recording.momentAt(at.ns);
  }

  /** Throws where there is no such process. */
  known(process: number): void {
    if (process < 1 || process > this.table.size)
      throw new RpcFailure('not-found', `there is no process ${String(process)}`);
  }

  /** `desk`: where the browser that asks has its SQL answered. A promise where the answer takes a while. */
  answer(request: CheckedRequest, desk?: SqlDesk): unknown {
    switch (request.method) {
      case 'info':
        return this.infoView();
      case 'processes': {
        const { since = 0, after = 0, limit = 5_000 } = request.params;
        const { version, isRough } = this.table;
        return { version, rough: isRough, ...this.table.changed(since, after, limit) };
      }
      case 'crashes':
        return this.crashes(request.params.seq);
      case 'moment': {
        const moment = momentOfText(request.params.text, this.recording);
        return { seq: moment.seq, ns: moment.ns };
      }
      case 'here':
        return here(this, request.params);
      case 'stateText':
        return stateText(this, request.params);
      case 'process':
        return processPanel(this, request.params);
      case 'strip':
        return strip(this, request.params);
      case 'changes':
        return changes(this, request.params);
      case 'sideBySide':
        return sides(this, request.params);
      case 'valueTrail':
        return valueTrail(this, request.params);
      case 'relations':
        return relations(this, request.params);
      case 'origin':
        return origin(this, request.params);
      case 'events':
        return eventsPage(this, { ...request.params, kinds: kindsOf(request.params.kinds) });
      case 'event':
        return eventDetail(this, request.params.seq);
      case 'search':
        return search(this, request.params);
      case 'sequence':
        return sequence(this, request.params);
      case 'area':
        return area(this, this.areas, request.params);
      case 'occasions':
        return this.occasions.after(request.params.seq);
      case 'raises':
        return this.raises.all();
      case 'interesting':
        return interesting(this, request.params.seq);
      case 'plans':
        return plans(this, request.params.seq);
      case 'bookmarks':
        return this.marks.page(request.params.from);
      case 'note':
        return { text: this.marks.find(request.params.id).text };
      case 'mark':
        return mark(this, this.marks, request.params);
      case 'unmark':
        return { text: this.marks.remove(request.params.id).text, version: this.marks.version };
      case 'sql':
        return deskOf(desk).sql(request.params);
      case 'sqlProgress':
        return deskOf(desk).state(request.params.have);
      case 'sqlCancel':
        return deskOf(desk).cancel();
      case 'sqlTables':
        return deskOf(desk).tables();
      case 'valueAt':
        return valueAt(this, request.params);
      case 'code':
        return codeView(this, request.params);
      case 'sources':
        return sources(this, request.params);
      case 'source':
        return source(this, request.params);
      case 'lineCounts':
        return lineCounts(this, request.params);
      case 'lineValues':
        return lineValues(this, request.params);
      case 'nextLine':
        return nextLine(this, request.params);
      case 'functions':
        return functions(this, request.params);
      case 'printAfter':
        return printAfter(this, request.params);
      case 'printNames':
        return printNames(this, request.params);
      case 'depth':
        return changeDepth(this.changeDepth, this.live, request.params);
      case 'memory':
        return memory(this, request.params);
      case 'systemWindow':
        return this.system.window(request.params);
      case 'systemMoment':
        return this.system.moment(request.params);
      case 'systemFlights':
        return this.system.flights(request.params);
      case 'systemLinks':
        return this.system.links(request.params);
      case 'figures':
        return this.lanes.figures(request.params);
      case 'activity':
        return this.lanes.activity(request.params);
      case 'nodeMemory':
        return this.lanes.nodeMemory(request.params);
      case 'comparePairs':
      case 'compareMatch':
      case 'compareRows':
      case 'compareStates':
      case 'compareAlign':
        return this.compare.answer(request);
      case 'lives':
        return this.table.lives(request.params.after, request.params.limit ?? 100_000);
      case 'timeline':
        return timeline(this, request.params);
      case 'overview':
        return this.overview.answer(request.params.bins);
      case 'marks':
        return marks(this, request.params);
      case 'slices':
        return slices(this, request.params);
      case 'arrows':
        return arrows(this, request.params);
    }
  }

  private get marks(): MarkBook {
    if (this.markBook === undefined) throw new RpcFailure('bad-request', 'this recording is served without bookmarks');
    return this.markBook;
  }

  get title(): string {
    return visible(this.info.command ?? basename(this.recording.path));
  }

  private infoView(): InfoView {
    const { info } = this;
    const end = this.recording.end();
    return {
      title: this.title,
      path: visible(this.recording.path),
      format: info.format,
      startedAt: info.startedAt,
      ns: info.ns,
      end: { seq: end.seq, ns: end.ns },
      nodes: info.nodes.map(({ name, otp, elixir, engine, engineWhy, end: ended }) => ({
        name,
        otp,
        elixir,
        engine,
        engineWhy,
        end: ended,
      })),
      events: info.events,
      kinds: info.kinds,
      processes: info.processes,
      gaps: info.gaps.map((gap) => ({ ...gap, reason: visible(gap.reason) })),
      bytes: info.bytes,
      live: info.live,
      command: info.command === undefined ? undefined : visible(info.command),
      exitStatus: info.exitStatus,
      kindNames: [...EVENT_KINDS],
      canChangeDepth: this.changeDepth !== undefined && info.live,
      other: this.other?.title,
    };
  }

  private crashes(from: number): CrashesResult {
    if (this.exits.version !== this.table.version) {
      const list = this.recording
        .processes()
        .filter((process) => process.exitSeq > 0)
        .map((process) => ({ process: process.id, seq: process.exitSeq }))
        .sort((a, b) => a.seq - b.seq);
      this.exits = { version: this.table.version, list };
    }
    const { list } = this.exits;
    const until = performance.now() + CRASH_BUDGET_MS;
    const crashes: CrashesResult['crashes'] = [];
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.seq <= from) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < list.length; i++) {
      if ((i & 15) === 15 && performance.now() > until) return { crashes, seq: list[i - 1]?.seq ?? from, done: false };
      const { process, seq } = list[i]!;
      const event = this.recording.event(seq);
      const reason = event?.terms[0];
      if (event === undefined || reason === undefined || !isCrashReason(reason)) continue;
      crashes.push({ process, seq, ns: event.ns, exit: true, reason: line(reason, this.syntaxOf(process), 160).text });
    }
    return { crashes, seq: list.at(-1)?.seq ?? from, done: true };
  }
}

function deskOf(desk: SqlDesk | undefined): SqlDesk {
  if (desk === undefined) throw new RpcFailure('bad-request', 'this recording is not asked in SQL from here');
  return desk;
}

/** Unknown names are refused, not ignored: a filter that silently matches nothing misleads. */
export function kindsOf(names: string[] | undefined): EventKind[] | undefined {
  return names?.map((name) => {
    const kind = EVENT_KINDS.find((each) => each === name);
    if (kind === undefined)
      throw new RpcFailure('bad-request', `there is no kind of event called ${JSON.stringify(name)}`);
    return kind;
  });
}

function momentOfText(text: string, recording: Recording): Moment {
  try {
    return parseMoment(text, recording);
  } catch (error) {
    if (error instanceof RecordingError) throw new RpcFailure('bad-request', error.message);
    throw error;
  }
}
