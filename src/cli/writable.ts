/** Whether something can be written to a place that need not exist yet, so that one learns it before a program has run, not after. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from './usage-error.js';

/** @throws UsageError that names what is in the way */
export function checkWritable(path: string): void {
  let place = path;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  if (!statSync(place).isDirectory()) throw new UsageError(`nothing can be put into ${place}: it is not a directory`);
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch (error) {
    const readOnly = (error as NodeJS.ErrnoException).code === 'EROFS';
    throw new UsageError(
      `${place} ${readOnly ? 'is on a read-only file system' : 'may not be written by you'}: name another place with --out`,
    );
  }
}
