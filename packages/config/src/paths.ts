import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

export interface Places {
  /** Where the worker hosts find an entry. */
  readonly entry: (path: string) => string;
  /** Where the adapters find a file of a certificate. */
  readonly certificate: (path: string) => string;
}

/**
 * The text of a valid baton.yaml with each app's entry and the files of each certificate replaced by what `places` says of them, and everything
 * else as it was written.
 *
 * - For tools that know where the file is: hosts and adapters do not.
 */
export function rewritePaths(text: string, places: Places): string {
  const document = parseDocument(text);
  const edits = [
    ...editsOf(document.get('apps'), 'entry', places.entry),
    ...editsOf(document.get('tls'), 'cert', places.certificate),
    ...editsOf(document.get('tls'), 'key', places.certificate),
  ];
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((rewritten, { start, end, by }) => `${rewritten.slice(0, start)}${JSON.stringify(by)}${rewritten.slice(end)}`, text);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

function editsOf(list: unknown, key: string, place: (path: string) => string): Edit[] {
  if (!isSeq(list)) return [];
  return list.items.flatMap((item) => {
    const path = isMap(item) ? item.get(key, true) : undefined;
    if (!isScalar(path) || !path.range || typeof path.value !== 'string') return [];
    const by = place(path.value);
    return by === path.value ? [] : [{ start: path.range[0], end: path.range[1], by }];
  });
}
