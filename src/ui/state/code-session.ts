/** What a person can do with code: choose a frame, open a source, go along the executions of a line, record deeper. */
import type { CodeView, DepthName, FrameView, VariableView } from '../../server/index.js';
import { PrintSession } from '../prints/print-session.js';
import { SourceBook } from './source-book.js';
import type { Session } from './session.js';
import type { ViewState } from './view-state.js';

export class CodeSession {
  readonly book: SourceBook;
  readonly prints: PrintSession;
  /** The lines of the open source whose values are wanted; undefined: none is shown. Set by the panel. */
  band: { from: number; to: number } | undefined;

  constructor(private readonly session: Session) {
    this.prints = new PrintSession(session);
    this.book = new SourceBook(session.client, (error) => {
      session.fail(error);
    });
  }

  /** The chosen frame, or the innermost. */
  frame(): FrameView | undefined {
    return frameOf(this.session.state.code);
  }

  /** Where the source panel is once a process stands here: it goes along, unless it is held. */
  followed(code: CodeView | undefined): Pick<ViewState, 'source'> | undefined {
    const { source } = this.session.state;
    const frame = frameOf(code);
    if (source === undefined || source.pinned || frame?.source !== true) return undefined;
    const line = frame.line ?? 0;
    if (frame.module === source.module && line === source.line) return undefined;
    return { source: { ...source, module: frame.module, line, nonce: source.nonce + 1 } };
  }

  chooseFrame(frame: FrameView): void {
    const { source } = this.session.state;
    this.session.store.set({ frame: frame.seq });
    if (frame.source) this.open(frame.module, frame.line ?? 0, false);
    else if (source !== undefined) this.session.notice(`The source of ${frame.text} is not in the recording`);
    this.session.refreshPanel();
  }

  open(module: string | undefined, line: number, pinned: boolean): void {
    const nonce = (this.session.state.source?.nonce ?? 0) + 1;
    this.session.store.set({ source: { module, line, pinned, nonce }, sequence: undefined });
  }

  /** Opens the source of where the selected process stands, or closes the panel. */
  toggle(): void {
    if (this.session.state.source !== undefined) {
      this.close();
      return;
    }
    const frame = this.frame();
    if (frame?.source === true) this.open(frame.module, frame.line ?? 0, false);
    else this.open(undefined, 0, false);
  }

  close(): void {
    this.session.store.set({ source: undefined });
  }

  hold(pinned: boolean): void {
    const { source } = this.session.state;
    if (source !== undefined) this.session.store.set({ source: { ...source, pinned } });
    if (!pinned) this.session.store.set(this.followed(this.session.state.code) ?? {});
  }

  /** To the event that bound a variable, keeping the frame. */
  goToBinding(variable: VariableView, module: string | undefined): void {
    this.session.jump(
      { seq: variable.seq, ns: variable.ns, process: this.session.state.selected },
      { keepProcess: true, detail: false },
    );
    if (module !== undefined && this.session.state.source?.pinned === true) this.open(module, variable.line, true);
  }

  /** To the next (1) or previous (-1) execution of a line, by the selected process or by any. */
  async goToLine(module: string, line: number, direction: 1 | -1, anyProcess = false): Promise<void> {
    const { session } = this;
    const { selected } = session.state;
    const process = anyProcess || selected === 0 ? undefined : selected;
    const here = session.at();
    const ask = async (only: number | undefined): Promise<{ seq: number; ns: number; process: number } | undefined> => {
      const query = { module, line, from: here, direction, ...(only === undefined ? {} : { process: only }) };
      return (await session.client.ask('nextLine', query)).found;
    };
    try {
      const found = await ask(process);
      if (found !== undefined) {
        session.store.set({ frame: 0 });
        session.jump(found, { detail: false });
        return;
      }
      const when = direction === 1 ? 'later' : 'earlier';
      const where = `line ${String(line)}`;
      session.notice(
        process === undefined
          ? `No ${when} execution of ${where}`
          : `No ${when} execution of ${where} by ${session.name(process)}; with shift: by any process`,
      );
    } catch (error) {
      session.fail(error);
    }
  }

  async changeDepth(module: string, name: string, depth: DepthName): Promise<void> {
    try {
      const { said } = await this.session.client.ask('depth', { module, function: name, depth });
      this.session.notice(said);
    } catch (error) {
      this.session.fail(error);
    }
  }
}

const frameOf = (code: CodeView | undefined): FrameView | undefined =>
  code?.frames.find((each) => each.seq === code.variables?.frame) ?? code?.frames[0];
