import { group } from '../probe.ts';

const { probes, add } = group('target');

const get = (target: string, host = '%ID%.test', method = 'GET'): string => `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const exact = (url: string) => ({ sees: [{ url }] });

add('RFC 9112, 3.2.1', 'origin form with a query', 'accept', get('/%ID%?a=b&c=%20'), exact('/%ID%?a=b&c=%20'));
add('RFC 9112, 3.2.2', 'absolute form with the Host of its authority', 'accept', get('http://%ID%.test/a'), exact('http://%ID%.test/a'));
add('RFC 9112, 3.2.2', 'absolute form with another Host', 'accept', get('http://%ID%.test/a', 'other.test'), exact('http://%ID%.test/a'));
add('RFC 9112, 3.2.2', 'absolute form without a path', 'accept', get('http://%ID%.test'), exact('http://%ID%.test'));
add('RFC 9110, 4.2.3', 'absolute form with a scheme in capitals', 'accept', get('HTTP://%ID%.test/a'), exact('HTTP://%ID%.test/a'));
add('RFC 9112, 3.2', 'absolute form without Host', 'reject', 'GET http://%ID%.test/a HTTP/1.1\r\n\r\n', { refusals: [400] });
add('RFC 9112, 3.2.2', 'absolute form of HTTP/1.0 without Host', 'accept', 'GET http://%ID%.test/a HTTP/1.0\r\n\r\n', {
  sees: [{ url: 'http://%ID%.test/a', version: '1.0' }],
  closes: true,
});
add(
  'RFC 9110, 4.2.4',
  'absolute form with user information',
  'either',
  get('http://user:pw@%ID%.test/a'),
  exact('http://user:pw@%ID%.test/a'),
);
add('RFC 9112, 3.2.2', 'absolute form with a scheme that is not served', 'either', get('ftp://%ID%.test/a'), exact('ftp://%ID%.test/a'));
add('RFC 9110, 4.2.1', 'absolute form with an empty authority', 'reject', get('http:///%ID%'));
add('RFC 9110, 4.2.1', 'absolute form with a port that is no number', 'reject', get('http://%ID%.test:8x/a'));
add('RFC 9112, 3.2.3', 'authority form for GET', 'reject', get('%ID%.test:80'));
add('RFC 9112, 3.2.4', 'asterisk form for OPTIONS', 'accept', get('*', '%ID%.test', 'OPTIONS'), {
  sees: [{ method: 'OPTIONS', url: '*' }],
});
add('RFC 9112, 3.2.4', 'asterisk form for GET', 'either', get('*'), exact('*'));
add('RFC 9112, 3.2.4', 'something behind the asterisk', 'either', get('*%ID%', '%ID%.test', 'OPTIONS'), {
  sees: [{ method: 'OPTIONS', url: '*%ID%' }],
});
add('RFC 9112, 3.2', 'a relative target', 'reject', get('%ID%'));
add('RFC 9112, 3.2', 'a query without a path', 'reject', get('?%ID%'));
add('RFC 9112, 3.2', 'an empty target', 'reject', get(''));
add('RFC 9112, 3.2.1', 'two slashes at the start', 'accept', get('//%ID%/a'), exact('//%ID%/a'));
add('RFC 9110, 4.2.3', 'dot segments reach the app as they are', 'accept', get('/%ID%/../a/./b'), exact('/%ID%/../a/./b'));
add('RFC 9110, 4.2.3', 'encoded dots and slashes reach the app as they are', 'accept', get('/%ID%/%2e%2E%2fa'), exact('/%ID%/%2e%2E%2fa'));
add('RFC 9110, 4.2.3', 'an encoded line end reaches the app encoded', 'accept', get('/%ID%%0d%0aX:y'), exact('/%ID%%0d%0aX:y'));
add('RFC 9112, 3.2', 'an encoded NUL reaches the app encoded', 'accept', get('/%ID%%00'), exact('/%ID%%00'));
add('RFC 9112, 3.2', 'a percent sign without digits', 'either', get('/%ID%%zz'), exact('/%ID%%zz'));
add('RFC 9112, 3.2', 'a fragment', 'either', get('/%ID%#a'), exact('/%ID%#a'));
add('RFC 9112, 3.2', 'characters that no URI may hold', 'either', get('/%ID%"<>\\^`{|}'), exact('/%ID%"<>\\^`{|}'));
add('RFC 9112, 3.2', 'a backslash at the start', 'reject', get('\\%ID%'));

export const target = probes;
