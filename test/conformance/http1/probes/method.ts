import { group, request } from '../probe.ts';

const { probes, add } = group('method');
const bodied = (method: string, body: string): string => request(`${method} /%ID% HTTP/1.1`, [`Content-Length: ${body.length}`], body);
const bare = (method: string): string => request(`${method} /%ID% HTTP/1.1`);

for (const method of ['HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'PUT', 'POST'])
  add('RFC 9112, 6.3', `${method} without a length has no body`, 'accept', bare(method), { sees: [{ method }] });
for (const method of ['GET', 'DELETE', 'OPTIONS', 'HEAD'])
  add('RFC 9110, 9.3', `${method} with a body`, 'either', bodied(method, 'a=b'), { sees: [{ method, body: 'a=b' }] });
add('RFC 9110, 9.3.8', 'TRACE', 'either', bare('TRACE'), { sees: [{ method: 'TRACE' }], mayStay: true });
add('RFC 9110, 9.3.8', 'TRACE with a body', 'either', bodied('TRACE', 'abc'), { sees: [{ method: 'TRACE', body: 'abc' }] });
add('RFC 9110, 9.3.6', 'CONNECT opens no tunnel', 'reject', 'CONNECT %ID%.test:80 HTTP/1.1\r\nHost: %ID%.test\r\n\r\n');
add('RFC 9110, 9.3.6', 'CONNECT with an origin form', 'reject', bare('CONNECT'));
add('RFC 9110, 9.3.6', 'CONNECT with a body', 'reject', bodied('CONNECT', 'abc'));
add('RFC 9110, 9.1', 'a method in lower case is another method', 'either', bare('get'), { sees: [{ method: 'get' }], mayStay: true });
add('RFC 9110, 9.1', 'an unknown method', 'either', bare('FROB'), { sees: [{ method: 'FROB' }], mayStay: true, refusals: [400, 405, 501] });
add('RFC 9110, 9.1', 'an unknown method whose name begins like a known one', 'either', bare('GETS'), {
  sees: [{ method: 'GETS' }],
  mayStay: true,
});
add('RFC 9110, 5.6.2', 'a method with a character that is no tchar', 'reject', bare('GE(T'));
add('RFC 9110, 5.6.2', 'a method with NUL', 'reject', bare('G\0T'));
add('RFC 9110, 5.6.2', 'a method with a colon', 'reject', bare('GET:'));
add('RFC 9110, 5.6.2', 'a method beyond ASCII', 'reject', bare('G\xc9T'));
add('RFC 9110, 9.1', 'a method longer than any known one', 'reject', bare('A'.repeat(5_000)), { mayStay: true });

export const method = probes;
