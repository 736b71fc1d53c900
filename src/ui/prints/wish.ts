/** What is to be printed afterwards, and how that stands in the address. */
export interface PrintWish {
  module: string;
  line: number;
  /** Empty: still being typed. */
  expression: string;
  /** Only where it holds. */
  only: boolean;
  /** Of one process alone; 0: of all. */
  process: number;
}

export const MAX_PRINTS = 8;

/** The same for wishes that are the same. */
export const wishKey = ({ module, line, expression, only, process }: PrintWish): string =>
  `${module}:${String(line)}:${only ? '!' : ''}${process > 0 ? String(process) : ''}:${expression}`;

export function wishFrom(text: string): PrintWish | undefined {
  const found = /^([^\p{Cc}:]{1,1000}):(\d{1,8}):(!?)(\d{0,10}):([^]{1,2000})$/u.exec(text);
  if (found === null) return undefined;
  const [, module = '', line, only, process, expression = ''] = found;
  return { module, line: Number(line), only: only === '!', process: Number(process ?? 0), expression };
}

export const sameLine = (a: PrintWish, b: PrintWish): boolean => a.module === b.module && a.line === b.line;
