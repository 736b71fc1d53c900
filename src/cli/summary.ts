/** A few lines on what a recording saw, for the end of `run` and `attach`. */
import { offloadedDisk } from '../fleet/index.js';
import { openRecording, type Crash, type Recording } from '../recording/index.js';
import { bytes, count, counted, Show } from './show.js';
import { fit } from './table.js';

const MAX_CRASHES = 3;
const WIDTH = 110;

export function summary(path: string): string {
  const recording = openRecording(path, { disk: offloadedDisk() });
  try {
    const info = recording.info();
    const show = new Show(recording);
    const { kinds } = info;
    const lines = [
      `elixirscope: ${count(info.events)} events in ${show.time(info.ns).slice(1)}, ${bytes(info.bytes)}: ${path}`,
      `  ${counted(info.processes, 'process', 'processes')}, ${counted(kinds.send ?? 0, 'message')} sent, ${counted(kinds.handle ?? 0, 'callback')}, ${counted(kinds.state ?? 0, 'state change')}`,
      ...crashes(recording, show),
      ...info.gaps
        .slice(0, 3)
        .map((gap) => `  gap: ${gap.count === 0 ? 'some' : count(gap.count)} events missing (${gap.reason})`),
      `  next: elixirscope open ${quote(path)}`,
    ];
    return lines.join('\n');
  } finally {
    recording.close();
  }
}

/** The first crashes, with the moment to look at. */
function crashes(recording: Recording, show: Show): string[] {
  const found: Crash[] = [];
  let more = 0;
  for (const crash of recording.crashes()) {
    if (found.length < MAX_CRASHES) found.push(crash);
    else more++;
  }
  const lines = found.map((crash) =>
    fit(
      `  crash: ${show.process(crash.process)} at ${show.moment(crash)}${crash.fn === 0 ? '' : ` in ${show.function(crash.fn)}`}: ${crash.reason ? show.term(crash.reason) : ''}`,
      WIDTH,
    ),
  );
  return more > 0 ? [...lines, `  and ${count(more)} more: elixirscope crashes ${quote(recording.path)}`] : lines;
}

const quote = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
