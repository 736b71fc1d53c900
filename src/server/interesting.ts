/** Moments worth a look that nobody asked for: the longest calls and the longest mailboxes, a stretch of the recording at a time. */
import type { InterestingResult } from './protocol.js';
import type { Questions } from './questions.js';

/** Events looked at for one answer. */
const STRETCH = 25_000;
const SHOWN = 12;
const MAX_PROCESSES = 20_000;
const MAILBOX_MS = 20;

/** Of the events after `seq`; the longest first. Ask again from the `seq` of the answer, until it is done. */
export function interesting(questions: Questions, seq: number): InterestingResult {
  const { recording } = questions;
  const end = recording.end();
  const last = Math.min(end.seq, seq + STRETCH);
  if (last <= seq) return { calls: [], mailboxes: [], seq: end.seq, done: true };
  const from = recording.momentOf(seq + 1);
  const to = recording.momentOf(last);
  const own: number[] = [];
  for (const info of recording.processes()) {
    if (own.length >= MAX_PROCESSES) break;
    const lived = info.spawnSeq <= last && (info.exitSeq === 0 || info.exitSeq > seq);
    if (lived && questions.table.view(info.id)?.runtime === false) own.push(info.id);
  }
  const calls: InterestingResult['calls'] = [];
  if (own.length > 0) {
    const { slices } = recording.slices({ fromNs: from.ns, toNs: to.ns, processes: own, limit: SHOWN * 8 });
    const lasted = slices
      .filter((each) => each.endNs >= 0 && each.startNs >= from.ns)
      .sort((a, b) => b.endNs - b.startNs - (a.endNs - a.startNs));
    // A call that only waits for another one inside of it says nothing that the other does not.
    const told: typeof lasted = [];
    for (const each of lasted) {
      const within = told.some(
        (other) => other.process === each.process && other.startNs <= each.startNs && other.endNs >= each.endNs,
      );
      if (!within) told.push(each);
      if (told.length >= SHOWN) break;
    }
    for (const { process, seq: at, fn, startNs, endNs } of told)
      calls.push({ process, seq: at, ns: startNs, lastsNs: endNs - startNs, fn: questions.functionName(fn) ?? '' });
  }
  return { calls, mailboxes: mailboxes(questions, from, to), seq: last, done: last >= end.seq };
}

/** By what looks at processes showed. */
function mailboxes(
  questions: Questions,
  from: { seq: number; ns: number },
  to: { seq: number; ns: number },
): InterestingResult['mailboxes'] {
  const until = performance.now() + MAILBOX_MS;
  const longest = new Map<number, InterestingResult['mailboxes'][number]>();
  let looked = 0;
  for (const event of questions.recording.events({ kinds: ['memory'], from, to })) {
    if ((++looked & 63) === 0 && performance.now() > until) break;
    const [look] = event.terms;
    const length = look?.kind === 'tuple' ? look.elements[1] : undefined;
    if (event.process === 0 || length?.kind !== 'integer' || Number(length.value) < 2) continue;
    if (Number(length.value) > (longest.get(event.process)?.length ?? 0))
      longest.set(event.process, {
        process: event.process,
        seq: event.seq,
        ns: event.ns,
        length: Number(length.value),
      });
  }
  return [...longest.values()].sort((a, b) => b.length - a.length).slice(0, SHOWN);
}
