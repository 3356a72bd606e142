import { group } from '../probe.ts';

const LINE = 'RFC 9112, 3';
const { probes, add } = group('line');

const head = (line: string): string => `${line}\r\nHost: %ID%.test\r\n\r\n`;

add('RFC 9112, 3', 'a plain request', 'accept', head('GET /%ID% HTTP/1.1'));
add('RFC 9112, 2.2', 'an empty line before the request line', 'either', `\r\n${head('GET /%ID% HTTP/1.1')}`);
add('RFC 9112, 2.2', 'several empty lines before the request line', 'either', `\r\n\r\n\r\n${head('GET /%ID% HTTP/1.1')}`);
add('RFC 9112, 2.2', 'a bare LF before the request line', 'either', `\n${head('GET /%ID% HTTP/1.1')}`);
add('RFC 9112, 2.2', 'a bare CR before the request line', 'either', `\r${head('GET /%ID% HTTP/1.1')}`);
add(LINE, 'a space before the method', 'either', head(' GET /%ID% HTTP/1.1'));
add(LINE, 'two spaces behind the method', 'either', head('GET  /%ID% HTTP/1.1'));
add(LINE, 'two spaces behind the target', 'either', head('GET /%ID%  HTTP/1.1'));
add(LINE, 'a tab for a space', 'either', head('GET\t/%ID% HTTP/1.1'));
add(LINE, 'a space behind the version', 'either', head('GET /%ID% HTTP/1.1 '));
add(LINE, 'a fourth word on the request line', 'reject', head('GET /%ID% HTTP/1.1 HTTP/1.1'));
add('RFC 9112, 2.3', 'no version', 'reject', head('GET /%ID%'));
add('RFC 9112, 2.3', 'the version in lower case', 'reject', head('GET /%ID% http/1.1'));
add('RFC 9112, 2.3', 'another protocol name', 'reject', head('GET /%ID% HTTQ/1.1'));
add('RFC 9110, 2.5', 'major version 2', 'reject', head('GET /%ID% HTTP/2.0'));
add('RFC 9110, 2.5', 'major version 0', 'reject', head('GET /%ID% HTTP/0.9'));
add('RFC 9110, 2.5', 'a higher minor version', 'either', head('GET /%ID% HTTP/1.2'), { sees: [{ version: '1.2' }] });
add('RFC 9112, 2.3', 'a minor version of two digits', 'reject', head('GET /%ID% HTTP/1.10'));
add('RFC 9112, 2.3', 'a major version of two digits', 'reject', head('GET /%ID% HTTP/01.1'));
add('RFC 9112, 2.3', 'a version without a dot', 'reject', head('GET /%ID% HTTP/11'));
add('RFC 9112, 2.3', 'a version without a minor digit', 'reject', head('GET /%ID% HTTP/1.'));
add('RFC 9112, 2.3', 'a comma in the version', 'reject', head('GET /%ID% HTTP/1,1'));
add('RFC 9112, 2.2', 'a bare CR in the target', 'reject', head('GET /%ID%\rx HTTP/1.1'));
add('RFC 9112, 2.2', 'a bare CR behind the version', 'reject', 'GET /%ID% HTTP/1.1\rHost: %ID%.test\r\n\r\n');
add('RFC 9112, 2.2', 'CR CR LF behind the version', 'reject', 'GET /%ID% HTTP/1.1\r\r\nHost: %ID%.test\r\n\r\n');
add('RFC 9112, 2.2', 'a bare LF behind the version', 'either', 'GET /%ID% HTTP/1.1\nHost: %ID%.test\r\n\r\n');
add(LINE, 'a space in the target', 'reject', head('GET /%ID% x HTTP/1.1'));
add('RFC 9112, 3.2', 'NUL in the target', 'reject', head('GET /%ID%\0 HTTP/1.1'));
add('RFC 9112, 3.2', 'a control character in the target', 'reject', head('GET /%ID%\x01 HTTP/1.1'));
add('RFC 9112, 3.2', 'DEL in the target', 'reject', head('GET /%ID%\x7f HTTP/1.1'));
add('RFC 9112, 3.2', 'a byte beyond ASCII in the target', 'either', head('GET /%ID%\xff HTTP/1.1'), { sees: [{ url: '/%ID%\xff' }] });
add('RFC 9112, 3.2', 'a vertical tab in the target', 'reject', head('GET /%ID%\x0b HTTP/1.1'));
add('RFC 9112, 5.2', 'a request line folded into two', 'reject', 'GET /%ID%\r\n HTTP/1.1\r\nHost: %ID%.test\r\n\r\n');
add(LINE, 'a target of 8,000 octets', 'accept', head(`GET /%ID%${'a'.repeat(8_000)} HTTP/1.1`), {
  sees: [{ url: `/%ID%${'a'.repeat(8_000)}` }],
});
add(LINE, 'a target longer than any server reads', 'reject', head(`GET /%ID%${'a'.repeat(100_000)} HTTP/1.1`));
add(LINE, 'a head that comes byte by byte', 'accept', [...'GET /', '%ID%', ...' HTTP/1.1\r\nHost: ', '%ID%', ...'.test\r\n\r\n']);
add('RFC 9112, 2.2', 'a response instead of a request', 'reject', 'HTTP/1.1 200 OK\r\nHost: %ID%.test\r\n\r\n');
add('RFC 9112, 2.1', 'the greeting of TLS instead of a request', 'reject', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', {
  hasTail: false,
});
add('RFC 9112, 3', 'the greeting of SOCKS instead of a request', 'reject', '\x05\x01\x00\r\n\r\n');

export const requestLine = probes;
