import type { Io } from '../io.ts';
import { type Colour, paint } from './paint.ts';

/** One column of a table of `T`. */
export interface Column<T> {
  readonly title: string;
  readonly text: (item: T) => string;
  /** Numbers go to the right. @default 'left' */
  readonly align?: 'left' | 'right';
  readonly colour?: (item: T) => Colour | undefined;
}

/** An aligned table with a heading and two spaces between columns; `empty` is said when there is nothing. */
export function formatTable<T>(io: Pick<Io, 'hasColours'>, items: readonly T[], columns: readonly Column<T>[], empty: string): string {
  if (items.length === 0) return `${empty}\n`;
  const cells = items.map((item) => columns.map((column) => column.text(item) || '-'));
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...cells.map((row) => row[at]!.length)));
  const line = (texts: readonly string[], colour: (at: number) => Colour | undefined) =>
    texts
      .map((text, at) => {
        const isLast = at === columns.length - 1;
        const padded = columns[at]!.align === 'right' ? text.padStart(widths[at]!) : isLast ? text : text.padEnd(widths[at]!);
        return paint(io, colour(at), padded);
      })
      .join('  ')
      .trimEnd();
  const heading = line(
    columns.map(({ title }) => title),
    () => 'dim',
  );
  const rows = items.map((item, index) => line(cells[index]!, (at) => columns[at]!.colour?.(item)));
  return `${[heading, ...rows].join('\n')}\n`;
}
