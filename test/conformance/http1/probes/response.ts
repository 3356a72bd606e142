import type { ParsedResponse } from '../../../e2e/http-surface/response-parser.ts';
import { group, request } from '../probe.ts';

const { probes, add } = group('response');
const to = (form: string, method = 'GET', version = '1.1', ...fields: string[]): string =>
  request(`${method} /${form}/%ID% HTTP/${version}`, fields);
const saw = (form: string, method = 'GET', version = '1.1') => [{ url: `/${form}/%ID%`, method, version }];
type Check = (answer: ParsedResponse) => string | undefined | false;
const first = (check: Check) => (responses: readonly ParsedResponse[]) => check(responses[0]!) || undefined;
const absent =
  (...names: string[]): Check =>
  (answer) =>
    names.filter((name) => answer.headers[name]).map((name) => `the answer has ${name}`)[0];

add('RFC 9110, 6.6.1', 'an answer has a Date', 'accept', to('x'), {
  sees: saw('x'),
  check: first(({ headers }) => !headers.date && 'no Date'),
});
add('RFC 9110, 6.6.1', 'a refusal is an answer of HTTP/1.1 that says close', 'reject', 'GET /%ID% HTTP/1.1\r\n\r\n', { refusals: [400] });
add('RFC 9112, 2.3', 'HTTP/1.0 is answered with HTTP/1.1 all the same', 'accept', to('x', 'GET', '1.0'), {
  sees: saw('x', 'GET', '1.0'),
  closes: true,
  check: first(({ version }) => version !== 'HTTP/1.1' && `the version is ${version}`),
});
add('RFC 9110, 15.3.5', '204 has no body and no length', 'accept', to('204'), {
  sees: saw('204'),
  check: first(absent('content-length', 'transfer-encoding')),
});
add('RFC 9110, 15.4.5', '304 has no body', 'accept', to('304'), { sees: saw('304'), check: first(absent('transfer-encoding')) });
add('RFC 9112, 6.1', 'HTTP/1.1 gets chunks where the length is not known', 'accept', to('chunked'), {
  sees: saw('chunked'),
  check: first(({ framing }) => framing !== 'chunked' && `the framing is ${framing}`),
});
add('RFC 9112, 6.1', 'HTTP/1.0 gets no chunks', 'accept', to('chunked', 'GET', '1.0'), {
  sees: saw('chunked', 'GET', '1.0'),
  closes: true,
  check: first(
    ({ framing, body }) => (framing !== 'close' && `the framing is ${framing}`) || (!body.includes('"url"') && 'the body is not whole'),
  ),
});
add('RFC 9112, 6.1', 'HTTP/1.0 that would be kept gets no chunks', 'accept', to('chunked', 'GET', '1.0', 'Connection: keep-alive'), {
  sees: saw('chunked', 'GET', '1.0'),
  closes: true,
  hasTail: false,
  check: first(({ framing }) => framing !== 'close' && `the framing is ${framing}`),
});
for (const form of ['x', 'chunked', 'empty', '304', '204'])
  add('RFC 9110, 9.3.2', `HEAD of ${form} has no body`, 'accept', to(form, 'HEAD'), { sees: saw(form, 'HEAD') });
add('RFC 9110, 8.6', 'an empty body has the length 0', 'accept', to('empty'), {
  sees: saw('empty'),
  check: first(({ headers }) => headers['content-length']?.[0] !== '0' && 'no Content-Length: 0'),
});
add('RFC 9110, 15.2', 'HTTP/1.1 gets interim answers', 'accept', to('hints'), {
  sees: saw('hints'),
  check: first(({ interim }) => interim.map(({ status }) => status).join() !== '103,102' && 'expected 103 and 102 ahead of the answer'),
});
add('RFC 9110, 15.2', 'HTTP/1.0 gets no interim answer', 'accept', to('hints', 'GET', '1.0'), {
  sees: saw('hints', 'GET', '1.0'),
  closes: true,
  check: first(({ interim }) => interim.length > 0 && 'an interim answer to HTTP/1.0'),
});
add('RFC 9112, 7.1.2', 'trailers of an answer in chunks', 'accept', to('trailers', 'GET', '1.1', 'TE: trailers'), {
  sees: saw('trailers'),
  check: first(({ trailers }) => trailers.join() !== 'x-sum: a1' && `the trailers are ${trailers.join()}`),
});
add('RFC 9112, 7.1.2', 'HTTP/1.0 gets no trailers', 'accept', to('trailers', 'GET', '1.0'), {
  sees: saw('trailers', 'GET', '1.0'),
  closes: true,
  check: first(({ body }) => body.includes('a1\r\n') && 'trailers behind the body'),
});

export const response = probes;
