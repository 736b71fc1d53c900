/** Tables for people: columns aligned, cut to the terminal's width with a visible mark. */

export interface Column {
  title: string;
  /** Numbers stand on the right. */
  right?: boolean;
}

/** Rows as text, one line each, without a final newline. `width` cuts the last column; 0: never. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const widths = columns.map((column, i) => Math.max(column.title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    fit(
      columns
        .map((column, i) => {
          const cell = cells[i] ?? '';
          if (column.right) return cell.padStart(widths[i] ?? 0);
          return i === columns.length - 1 ? cell : cell.padEnd(widths[i] ?? 0);
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
