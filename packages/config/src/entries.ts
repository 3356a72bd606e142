import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/**
 * The text of a valid baton.yaml with each app's entry replaced by what `place` says of it, and everything else as it was written.
 *
 * - For tools that know where the file is: they name entries as the worker hosts see them, below the app root.
 */
export function rewriteEntries(text: string, place: (entry: string) => string): string {
  const apps = parseDocument(text).get('apps');
  if (!isSeq(apps)) return text;
  let rewritten = text;
  for (const app of [...apps.items].reverse()) {
    if (!isMap(app)) continue;
    const entry = app.get('entry', true);
    if (!isScalar(entry) || !entry.range || typeof entry.value !== 'string') continue;
    const placed = place(entry.value);
    const [start, end] = entry.range;
    if (placed !== entry.value) rewritten = `${rewritten.slice(0, start)}${JSON.stringify(placed)}${rewritten.slice(end)}`;
  }
  return rewritten;
}
