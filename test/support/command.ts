/** A command, run within this process. */
import { vi } from 'vitest';

export interface Ran {
  out: string;
  err: string;
  status: number;
}

/** What a command writes, and its exit status. */
export async function ran(command: () => Promise<number>): Promise<Ran> {
  let [out, err] = ['', ''];
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true)),
  ];
  try {
    const status = await command();
    return { out, err, status };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
