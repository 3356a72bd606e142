import type { CaseResult } from '../suite.ts';

const SUITE = /<testsuite name="([^"]*)" package="([^"]*)"[^>]*>([\s\S]*?)<\/testsuite>/g;
const CASE = /<testcase package="[^"]*" classname="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g;

/** Reads h2spec's report in the form of JUnit. */
export function readReport(xml: string): CaseResult[] {
  const results: CaseResult[] = [];
  for (const [, heading, folder, body] of xml.matchAll(SUITE)) {
    let number = 0;
    for (const [, title, inside] of body!.matchAll(CASE)) {
      const lines = plain(inside!.replace(/<[^>]*>/g, ''))
        .trim()
        .split('\n');
      const outcome = /<(error|failure)/.test(inside!) ? 'failed' : /<skipped/.test(inside!) ? 'skipped' : 'passed';
      results.push({
        id: `${folder}/${++number}`,
        section: `${sourceOf(folder!)}, ${heading!.split('.').slice(0, -1).join('.')}`,
        title: plain(title!),
        outcome,
        // Which of several permitted things came depends on the moment; h2spec judges, we do not compare.
        observed: 'as h2spec judges it',
        detail: outcome === 'failed' ? `expected ${lines.slice(0, -1).join(' or ')}, got ${lines.at(-1)}` : '',
      });
    }
  }
  return results;
}

function sourceOf(folder: string): string {
  if (folder.startsWith('hpack')) return 'RFC 7541';
  return folder.startsWith('http2') ? 'RFC 7540' : 'h2spec';
}

const plain = (text: string): string =>
  text.replace(/&(#x?[0-9A-Fa-f]+|\w+);/g, (whole, name: string) => {
    const known: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
    if (!name.startsWith('#')) return known[name] ?? whole;
    return String.fromCodePoint(name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
  });
