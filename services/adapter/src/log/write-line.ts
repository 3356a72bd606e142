import type { LineFile } from './access-log.ts';
import { putText } from './put.ts';

/** Logs a rare line; its text must be ASCII. */
export function writeLine(file: LineFile, line: object): void {
  const text = `${JSON.stringify(line)}\n`;
  const at = file.reserve(text.length);
  if (at >= 0) file.commit(putText(file.block, at, text));
}
