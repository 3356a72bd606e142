import { group } from '../probe.ts';

const { probes, add } = group('host');
const HOST = 'RFC 9112, 3.2';
const FORM = 'RFC 9110, 7.2';
const get = (fields: string): string => `GET /%ID% HTTP/1.1\r\n${fields}\r\n`;
const of = (value: string): string => get(`Host: ${value}\r\n`);
const is400 = { refusals: [400] };

add(HOST, 'no Host', 'reject', get('X-A: b\r\n'), is400);
add(HOST, 'no field at all', 'reject', get(''), is400);
add(HOST, 'two Hosts', 'reject', get('Host: a.test\r\nHost: b.test\r\n'), is400);
add(HOST, 'the same Host twice', 'reject', get('Host: a.test\r\nHost: a.test\r\n'), is400);
add(HOST, 'two Hosts in two cases', 'reject', get('Host: a.test\r\nhOST: b.test\r\n'), is400);
add(HOST, 'two Hosts with other fields between', 'reject', get('Host: a.test\r\nX-A: b\r\nHost: b.test\r\n'), is400);
add(HOST, 'an empty Host', 'accept', of(''), { sees: [{ has: [['Host', '']] }] });
for (const [title, value] of [
  ['a space within', 'a b'],
  ['a slash', 'a.test/b'],
  ['user information', 'user@a.test'],
  ['a URL', 'http://a.test'],
  ['two hosts in a list', 'a.test, b.test'],
  ['a port that is no number', 'a.test:8x'],
  ['two ports', 'a.test:80:81'],
  ['an address that does not end', '[::1'],
  ['something behind an address', '[::1]a'],
  ['an address in brackets that is none', '[a.test]'],
  ['a percent sign without digits', '%zz.test'],
  ['a byte beyond ASCII', 'caf\xe9.test'],
  ['a question mark', 'a.test?b'],
  ['a number sign', 'a.test#b'],
  ['a backslash', 'a.test\\b'],
  ['a tab within', 'a.test\tb'],
] as const)
  add(FORM, `${title}: not a host`, 'reject', of(value), is400);
for (const value of [
  'a.test',
  'A.Test',
  'a.test:8080',
  'a.test:',
  'a.test.',
  '127.0.0.1:80',
  '[::1]',
  '[::1]:80',
  'a_b.test',
  'a%20b.test',
  "a!$&'()*+,;=b",
])
  add(FORM, `the host ${value}`, 'accept', of(value), { sees: [{ has: [['Host', value]] }] });
add('RFC 9112, 5.1', 'a space before the colon of Host', 'reject', get('Host : a.test\r\n'), is400);
add('RFC 9112, 5.2', 'a folded Host', 'either', of('\r\n a.test'), { sees: [{ has: [['Host', 'a.test']] }] });
add(HOST, 'HTTP/1.0 without Host', 'accept', 'GET /%ID% HTTP/1.0\r\n\r\n', { sees: [{ version: '1.0' }], closes: true });
add(HOST, 'HTTP/1.0 with two Hosts', 'reject', 'GET /%ID% HTTP/1.0\r\nHost: a.test\r\nHost: b.test\r\n\r\n', is400);
add(HOST, 'absolute form with two Hosts', 'reject', 'GET http://a.test/%ID% HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n', is400);

export const host = probes;
