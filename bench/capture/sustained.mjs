/**
 * How many events a second go from traced code through rings, socket and recorder into segment files, for ten seconds, and whether one
 * is lost on the way: the recording's own gaps are added up, and the calls and returns in the file are counted against what the program did.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_KINDS, openRecording } from '../../dist/recording/index.js';
import { benchEbin, command } from './places.mjs';

export function sustained({ place, seconds, kind }) {
  const out = join(place, 'hot.escope');
  const program = ['erl', '-noshell', '-pa', benchEbin, '-s', 'capture_hot', 'main', String(seconds), kind];
  const depths = ['--depth', 'capture_hot=off', '--depth', 'capture_work=off', '--depth', 'capture_target=values'];
  const ran = spawnSync(command, ['run', '--quiet', ...depths, '--out', out, '--', ...program], { encoding: 'utf8' });
  const gone = Date.now();
  const found = /^calls (\d+) ms (\d+) at (\d+)$/m.exec(ran.stdout ?? '');
  if (ran.status !== 0 || !found) throw new Error(`the hot program failed:\n${ran.stdout}${ran.stderr}`);
  try {
    const [calls, ms, ended] = found.slice(1).map(Number);
    const recording = openRecording(out);
    try {
      const info = recording.info();
      const inFile = count(recording, 'call') + count(recording, 'return');
      const gaps = info.gaps.reduce((sum, gap) => sum + gap.count, 0);
      return {
        events_per_s: (2 * calls * 1000) / ms,
        // Until the recorder had written all of it, closed the file and ended.
        events_per_s_to_the_end: (2 * calls * 1000) / (ms + gone - ended),
        made: 2 * calls,
        in_file: inFile,
        lost_by_gaps: gaps,
        lost_by_count: 2 * calls - inFile,
        bytes_per_event: info.bytes / info.events,
      };
    } finally {
      recording.close();
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Counted row by row, not by the sums that the writer left beside them. */
function count(recording, kind) {
  const code = EVENT_KINDS.indexOf(kind);
  let sum = 0;
  for (const block of recording.blocks({ kinds: [kind] })) for (const one of block.kinds()) if (one === code) sum++;
  return sum;
}
