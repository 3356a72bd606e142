import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { formatKey, type Problem } from '../problem.ts';

/** Largest file that is read at all; a real one is a hundredth of it. */
const LARGEST_CHARACTERS = 1024 * 1024;

/** Aliases may be expanded this often; more is a bomb ("billion laughs"). */
const MOST_ALIASES = 100;

/** A file as plain values, with the way back from a key path to where it stands. */
export interface YamlFile {
  readonly value: unknown;
  /** Place of the value at `path`, or of its key; of the deepest part that exists when it does not. */
  locate(path: readonly PropertyKey[], part?: 'key' | 'value'): Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Reads YAML 1.2 text; pushes what is wrong with the text itself on `problems` and then returns undefined. */
export function readYaml(text: string, file: string, problems: Problem[]): YamlFile | undefined {
  const problem = (at: Place, key: string, expected: string, got: string, message: string) =>
    problems.push({ code: 'CONFIG_INVALID', file, ...at, key, expected, got, message });
  if (text.length > LARGEST_CHARACTERS) {
    problem({ line: 1, column: 1 }, '', 'at most 1 MiB', `${text.length} characters`, 'expected at most 1 MiB of YAML');
    return undefined;
  }
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false });
    for (const error of [...document.errors, ...document.warnings]) {
      const duplicate = error.code === 'DUPLICATE_KEY';
      const key = error.code === 'MULTIPLE_DOCS' ? '' : formatKey(findPath(document, error.pos[0]));
      const message = duplicate ? 'this key is given twice; expected each key once' : `not valid YAML: ${firstLine(error.message)}`;
      problem(
        placeAt(error.pos[0]),
        key,
        duplicate ? 'each key once' : 'valid YAML',
        duplicate ? 'the same key again' : error.code,
        message,
      );
    }
    for (const { offset, name } of findLooseAliases(document)) {
      const key = formatKey(findPath(document, offset));
      problem(placeAt(offset), key, `an anchor &${name} before it`, `*${name}`, `expected an anchor &${name} before the alias *${name}`);
    }
    if (problems.length > 0) return undefined;
    keepWrittenText(document);
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { value, locate: (path, part) => placeAt(findOffset(document, path, part ?? 'value')) };
  } catch (error) {
    const reason = error instanceof RangeError ? 'nested too deeply' : firstLine(error instanceof Error ? error.message : String(error));
    problem({ line: 1, column: 1 }, '', 'valid YAML', reason, `not valid YAML: ${reason}`);
    return undefined;
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!;

/** `version: 1.10` and `environmentVariables: { LEVEL: 007 }` mean the text as written, not a number. */
function keepWrittenText(document: Document): void {
  visit(document, {
    Pair: (_, pair, ancestors) => {
      if (!isScalar(pair.key) || !isScalar(pair.value) || pair.value.source === undefined || pair.value.value === null) return;
      const owner = ancestors.at(-2);
      const isVariable = isPair(owner) && isScalar(owner.key) && owner.key.value === 'environmentVariables';
      if (pair.key.value === 'version' || isVariable) pair.value.value = pair.value.source;
    },
  });
}

/** Aliases of anchors that do not exist. */
function findLooseAliases(document: Document): { offset: number; name: string }[] {
  const loose: { offset: number; name: string }[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (!alias.resolve(document)) loose.push({ offset: startOf(alias) ?? 0, name: alias.source });
    },
  });
  return loose;
}

function resolve(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined)?.range?.[0];
}

function findOffset(document: Document, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    node = resolve(document, node);
    const isLast = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
      if (!pair) return offset;
      const keyOffset = startOf(pair.key) ?? offset;
      offset = isLast && part === 'key' ? keyOffset : (startOf(pair.value) ?? keyOffset);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

/** The key path that the text at `offset` belongs to; for errors that know their offset only. */
function findPath(document: Document, offset: number): PropertyKey[] {
  const path: PropertyKey[] = [];
  let node: unknown = document.contents;
  for (;;) {
    if (isMap(node)) {
      const pair = node.items.findLast((item) => (startOf(item.key) ?? Number.POSITIVE_INFINITY) <= offset);
      if (!pair) return path;
      path.push(String(isScalar(pair.key) ? pair.key.value : pair.key));
      node = pair.value;
    } else if (isSeq(node)) {
      const index = node.items.findLastIndex((item) => (startOf(item) ?? Number.POSITIVE_INFINITY) <= offset);
      if (index < 0) return path;
      path.push(index);
      node = node.items[index];
    } else return path;
    if ((startOf(node) ?? Number.POSITIVE_INFINITY) > offset) return path;
  }
}
