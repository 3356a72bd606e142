import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from './index.ts';

const HEAD = '# HELP a_total What it is.\n# TYPE a_total counter\n';
const HISTOGRAM = '# HELP h H.\n# TYPE h histogram\n';

test('the reader refuses what is not exactly in the format, and says why', () => {
  const bad: [RegExp, string][] = [
    [/no end/, `${HEAD}a_total 1`],
    [/outside a family/, 'a_total 1\n'],
    [/without its HELP/, '# TYPE a_total counter\na_total 1\n'],
    [/second HELP/, `${HEAD}a_total 1\n# HELP a_total Again.\n`],
    [/_total/, '# HELP a A.\n# TYPE a counter\na 1\n'],
    [/below 0/, `${HEAD}a_total -1\n`],
    [/another family/, `${HEAD}b_total 1\n`],
    [/neither/, `${HEAD}a_total one\n`],
    [/neither/, `${HEAD}\na_total 1\n`],
    [/labels/, `${HEAD}a_total{pool=shop} 1\n`],
    [/labels/, `${HEAD}a_total{pool="a"b"} 1\n`],
    [/twice/, `${HEAD}a_total{pool="a",pool="b"} 1\n`],
    [/a series twice/, `${HEAD}a_total{a="1",b="2"} 1\na_total{b="2",a="1"} 1\n`],
    [/do not grow/, `${HISTOGRAM}h_count 1\nh_sum 1\nh_bucket{le="2"} 0\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\n`],
    [/do not add up/, `${HISTOGRAM}h_count 1\nh_sum 1\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\n`],
    [/equals the count/, `${HISTOGRAM}h_count 2\nh_sum 1\nh_bucket{le="+Inf"} 1\n`],
    [/no sum/, `${HISTOGRAM}h_count 1\nh_bucket{le="+Inf"} 1\n`],
  ];
  for (const [why, text] of bad) assert.throws(() => parseExposition(text), why, text);
});

test('the reader takes families with and without labels', () => {
  const families = parseExposition(
    `${HEAD}a_total{pool="a\\"b"} 1\na_total 2e+21\n${HISTOGRAM}h_count 0\nh_sum 0\nh_bucket{le="+Inf"} 0\n`,
  );
  assert.deepEqual(families.get('a_total')!.samples, [
    { name: 'a_total', labels: { pool: 'a"b' }, value: 1 },
    { name: 'a_total', labels: {}, value: 2e21 },
  ]);
  assert.equal(families.get('h')!.type, 'histogram');
});
