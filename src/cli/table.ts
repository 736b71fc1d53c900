/** Tables for people: columns aligned, cut to the terminal's width with a visible mark. */

export interface Column {
  title: string;
  /** Numbers stand on the right. */
  right?: boolean;
}

/** On a terminal no column but the last takes more than this share of it, or this many characters. */
const MAX_SHARE = 0.4;
const MIN_CELL = 20;

/** Rows as text, one line each, without a final newline. `width` cuts the last column; 0: never. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const widest = width === 0 ? Infinity : Math.max(MIN_CELL, Math.floor(width * MAX_SHARE));
  const widths = columns.map((column, i) =>
    Math.min(
      widest,
      rows.reduce((most, row) => Math.max(most, (row[i] ?? '').length), column.title.length),
    ),
  );
  const line = (cells: readonly string[]): string =>
    fit(
      columns
        .map((column, i) => {
          const last = i === columns.length - 1;
          const cell = fit(cells[i] ?? '', last || width === 0 ? 0 : widest);
          if (column.right) return cell.padStart(widths[i] ?? 0);
          return last ? cell : cell.padEnd(widths[i] ?? 0);
        })
        .join('  ')
        .trimEnd(),
      width,
    );
  return [line(columns.map((column) => column.title)), ...rows.map(line)].join('\n');
}

/** One line of text within `width` characters; 0: as it is. */
export function fit(text: string, width: number): string {
  if (width === 0 || text.length <= width) return text;
  return `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** 0 where the output is no terminal: then nothing is cut. */
export const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : 0);
