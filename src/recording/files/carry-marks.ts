/** Takes marks from one recording to a copy of a part of it, in which events and processes have other numbers. */
import type { Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { changeMarks, readMarks, type Mark } from '../marks.js';

export interface NewPlaces {
  /** The number of an event or of the last one before it that came along; undefined: the moment did not come along. */
  seq: (mark: Mark) => number | undefined;
  /** 0: it did not come along, and a mark on it becomes one of the moment alone. */
  process: (id: number) => number;
}

/** Marks that cannot be read are left behind: they are no reason to give up the copy. */
export function carryMarks(from: string, to: string, places: NewPlaces, disk?: Disk): void {
  let marks: Mark[];
  try {
    marks = readMarks(from, disk);
  } catch (error) {
    if (error instanceof RecordingError) return;
    throw error;
  }
  const carried = marks.flatMap((mark) => {
    const seq = places.seq(mark);
    if (seq === undefined) return [];
    const process = mark.process === 0 ? 0 : places.process(mark.process);
    return [{ ...mark, seq, process, path: process === 0 ? '' : mark.path }];
  });
  if (carried.length > 0) changeMarks(to, () => carried, disk);
}
