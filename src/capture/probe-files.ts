/** Where the probe's compiled modules and shared object lie in this installation. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ProbeFiles {
  /** Directory of the `.beam` files. */
  ebin: string;
  /** The shared object, undefined when it was not built (no C compiler at install). */
  sharedObject: string | undefined;
}

/** @throws Error when the package has no compiled probe */
export function findProbe(): ProbeFiles {
  const root = fileURLToPath(new URL('../../probe/', import.meta.url));
  const ebin = join(root, 'ebin');
  if (!existsSync(join(ebin, 'elixirscope_probe.beam'))) {
    throw new Error(
      `the probe is not built: no elixirscope_probe.beam in ${ebin}. Run "make build" in the checkout, or install the package again.`,
    );
  }
  const sharedObject = join(root, 'priv', 'elixirscope_nif.so');
  return { ebin, sharedObject: existsSync(sharedObject) ? sharedObject : undefined };
}

/** The probe's modules by name. */
export function probeModules(files: ProbeFiles): Map<string, Uint8Array> {
  const modules = new Map<string, Uint8Array>();
  for (const file of readdirSync(files.ebin)) {
    if (file.endsWith('.beam')) modules.set(file.slice(0, -5), readFileSync(join(files.ebin, file)));
  }
  return modules;
}

/** A path as `erlang:load_nif/2` wants it. */
export const withoutExtension = (path: string): string => path.replace(/\.so$/, '');
