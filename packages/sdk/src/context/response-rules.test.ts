import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HttpContext } from './http-context.ts';
import type { HttpResponse } from './http-response.ts';
import { answer, file, last } from './testing/answer.ts';
import { codeOf } from './testing/code-of.ts';
import { get } from './testing/serve-module.ts';

const RULES: readonly [title: string, act: (response: HttpResponse, context: HttpContext) => unknown, expected: unknown][] = [
  ['a status out of range', (r) => codeOf(() => r.setStatus(99, 'No')), 'ERROR_INVALID_PARAMETER'],
  ['an interim status', (r) => codeOf(() => r.setStatus(101, 'No')), 'ERROR_INVALID_PARAMETER'],
  ['a status that is no whole number', (r) => codeOf(() => r.setStatus(200.5, 'No')), 'ERROR_INVALID_PARAMETER'],
  ['a reason with a line end', (r) => codeOf(() => r.setStatus(200, 'a\r\nb')), 'ERROR_INVALID_DATA'],
  ['a reason that is too long', (r) => codeOf(() => r.setStatus(200, 'x'.repeat(513))), 'ERROR_INVALID_DATA'],
  ['the longest reason', (r) => codeOf(() => r.setStatus(200, 'x'.repeat(512))), 'none'],
  [
    'the status that was set',
    (r) => last(r.setStatus(404, 'Gone Fishing', 3, 0x80070002), r.getStatus()),
    { statusCode: 404, reason: 'Gone Fishing', subStatus: 3, hresult: 0x80070002 },
  ],
  ['the status that is there', (r) => r.getStatus(), { statusCode: 200, reason: 'OK', subStatus: 0, hresult: 0 }],
  ['a header in any case', (r) => last(r.setHeader('X-One', 'a'), r.getHeader('x-oNE')), 'a'],
  ['a header that is added to', (r) => last(r.setHeader('X', 'a'), r.setHeader('x', 'b', false), r.getHeader('X')), 'a, b'],
  ['a header that is replaced', (r) => last(r.setHeader('X', 'a'), r.setHeader('x', 'b'), r.getHeader('X')), 'b'],
  ['a header that is deleted', (r) => last(r.setHeader('X', 'a'), r.deleteHeader('x'), r.getHeader('X')), undefined],
  ['headers that are cleared', (r) => last(r.setHeader('X', 'a'), r.clearHeaders(), r.getHeader('X')), undefined],
  ['names of headers that were changed', (r) => last(r.setHeader('X-A', 'a'), r.deleteHeader('Y'), r.getHeaderChanges()), ['x-a', 'y']],
  ['a header name with a space', (r) => codeOf(() => r.setHeader('x y', 'a')), 'ERROR_INVALID_PARAMETER'],
  ['a header value with a line end', (r) => codeOf(() => r.setHeader('x', 'a\r\nb: c')), 'ERROR_INVALID_PARAMETER'],
  ['an error description, made harmless', (r) => last(r.setErrorDescription('<b>&"'), r.getErrorDescription()), '&lt;b&gt;&amp;&quot;'],
  ['an error description as it is', (r) => last(r.setErrorDescription('<b>', false), r.getErrorDescription()), '<b>'],
  ['pieces up to 65535', (r) => codeOf(() => r.writeEntityChunks(new Array(65_535).fill(''))), 'none'],
  [
    'one piece more',
    (r) =>
      last(
        r.writeEntityChunks(new Array(65_535).fill('')),
        codeOf(() => r.writeEntityChunks('x')),
      ),
    'ERROR_ARITHMETIC_OVERFLOW',
  ],
  ['65536 pieces at once', (r) => codeOf(() => r.writeEntityChunks(new Array(65_536).fill(''))), 'ERROR_ARITHMETIC_OVERFLOW'],
  ['a piece of no known type', (r) => codeOf(() => r.writeEntityChunks({ type: 'tape' } as never)), 'ERROR_INVALID_PARAMETER'],
  [
    'a piece with a negative offset',
    (r) => codeOf(() => r.writeEntityChunks({ type: 'file', file, offset: -1 })),
    'ERROR_INVALID_PARAMETER',
  ],
  ['a position beyond the pieces', (r) => codeOf(() => r.writeEntityChunkByReference('x', 2)), 'ERROR_INVALID_PARAMETER'],
  ['pieces that were cleared', (r) => last(r.writeEntityChunks('x'), r.clear(), r.getEntityChunks()), []],
  [
    'status and headers that were cleared',
    (r) => last(r.setStatus(404, 'No'), r.setHeader('x', 'y'), r.clear(), [r.getStatus().statusCode, r.getHeader('x')]),
    [200, undefined],
  ],
  [
    'a redirect',
    (r) =>
      last(r.writeEntityChunks('x'), r.setHeader('x', 'y'), r.redirect('/there'), [
        r.getStatus().statusCode,
        r.getHeader('location'),
        r.getHeader('x'),
        r.getEntityChunks().length,
      ]),
    [302, '/there', undefined, 0],
  ],
  [
    'a redirect that keeps its status',
    (r) => last(r.setStatus(307, 'Temporary Redirect'), r.redirect('/there', false), r.getStatus().statusCode),
    307,
  ],
  ['a redirect with the parameters of the request', (r) => last(r.redirect('/there', true, true), r.getHeader('location')), '/there?a=1'],
  [
    'a redirect with parameters of its own, too',
    (r) => last(r.redirect('/there?b=2', true, true), r.getHeader('location')),
    '/there?b=2&a=1',
  ],
];

suite('a response answers a module with', () => {
  for (const [title, act, expected] of RULES)
    test(title, async () => {
      let got: unknown;
      await answer((response, context) => {
        got = act(response, context);
        response.clear();
      }, get('/?a=1'));
      assert.deepEqual(got, expected);
    });
});
