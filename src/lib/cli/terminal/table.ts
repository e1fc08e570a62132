/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** numbers stand on the right */
  readonly align?: 'left' | 'right';
}

/** The width that a table keeps to when it is not shown on a terminal of known width. */
export const DEFAULT_WIDTH = 80;

const GAP = '  ';

/**
 * Returns a table with a heading, one line a row. Where the lines would be longer than `width` the
 * last column gives way, then is cut with `…`; other columns are never cut, since they hold names
 * that people copy.
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number = DEFAULT_WIDTH,
): string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column) => column.value(row))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((line) => line[index]?.length ?? 0)),
  );
  const fixed = widths.slice(0, -1).reduce((sum, column) => sum + column + GAP.length, 0);
  const room = Math.max(width - fixed, 8);
  return cells.map((line) =>
    line
      .map((cell, index) => {
        if (index === line.length - 1) return cut(cell, room);
        const size = widths[index] ?? 0;
        return columns[index]?.align === 'right' ? cell.padStart(size) : cell.padEnd(size);
      })
      .join(GAP)
      .trimEnd(),
  );
}

function cut(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}
