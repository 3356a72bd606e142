import { group } from '../case.ts';
import { text } from '../frame.ts';

const { cases, add } = group('handshake');
const CLIENT = '6455, 4.1';
const READ = '6455, 4.2.1';
const ANSWER = '6455, 4.2.2';
const VERSION = '6455, 4.4';
const PROTOCOL = '6455, 11.3.4';
const EXTENSION = '6455, 9.1';
const DEFLATE = '7692, 7.1';
const NO_VERSIONS = 'HTTP 400 versions 13, 8, "Missing or invalid Sec-WebSocket-Version header", end';
const NO_KEY = 'HTTP 400, "Missing or invalid Sec-WebSocket-Key header", end';
const NO_METHOD = 'HTTP 405, "Invalid HTTP method", end';
const NO_UPGRADE = 'HTTP 400, "Invalid Upgrade header", end';
const NO_PROTOCOLS = 'HTTP 400, "Invalid Sec-WebSocket-Protocol header", end';
const NO_EXTENSIONS = 'HTTP 400, "Invalid or unacceptable Sec-WebSocket-Extensions header", end';
const hello = [text('hello')];
const WORKS = '101, text hello, close 1000, end';

add(ANSWER, 'a handshake is accepted with the hash of its key', hello, WORKS, { app: 1000 });
for (const upgrade of ['WebSocket', 'WEBSOCKET'])
  add(READ, `Upgrade: ${upgrade} in other letters`, hello, WORKS, { fields: { Upgrade: upgrade } });
for (const connection of ['upgrade', 'UPGRADE', 'keep-alive, Upgrade', 'Upgrade, keep-alive', 'keep-alive , upgrade'])
  add(READ, `Connection: ${connection}`, hello, WORKS, { fields: { Connection: connection } });
add(READ, 'Connection in two lines', hello, WORKS, { fields: { Connection: ['keep-alive', 'Upgrade'] } });
add(READ, 'names of fields in small letters', hello, WORKS, {
  fields: { Upgrade: null, Connection: null, upgrade: 'websocket', connection: 'upgrade' },
});
add(CLIENT, 'a query in the target', hello, WORKS, { path: '/echo?a=b%20c' });
add(CLIENT, 'the app sees the path and the address of its client', [{ frames: 1 }], '101, text 127.0.0.1 /address/x, close 1000, end', {
  path: '/address/x',
});
add(CLIENT, 'a field of the client reaches the app', [{ frames: 1 }], '101, text a=1; b=2, close 1000, end', {
  path: '/headers/cookie',
  fields: { Cookie: 'a=1; b=2' },
});
add(CLIENT, 'Authorization reaches the app', [{ frames: 1 }], '101, text Basic YTpi, close 1000, end', {
  path: '/headers/authorization',
  fields: { Authorization: 'Basic YTpi' },
});
add(CLIENT, 'a cookie of 7,000 bytes', hello, WORKS, { fields: { Cookie: `a=${'x'.repeat(7_000)}` } });
add(CLIENT, 'the handshake comes byte by byte', hello, WORKS, { handshake: 'bytes' });
add(CLIENT, 'the handshake comes in two halves', hello, WORKS, { handshake: 'halves' });
add(CLIENT, 'the first frame comes in one packet with the handshake', hello, WORKS, { handshake: 'glued' });
add(CLIENT, 'frames come before an answer that is late', hello, WORKS, { path: '/late', handshake: 'glued' });
add(
  CLIENT,
  'half a frame comes before an answer that is late',
  [hello[0]!.subarray(0, 4), { pauseMs: 100 }, hello[0]!.subarray(4)],
  WORKS,
  { path: '/late', handshake: 'glued' },
);
add(READ, 'the target in absolute form', hello, WORKS, { path: 'http://app.test/echo' });

for (const version of ['8', '13']) add(VERSION, `version ${version}`, hello, WORKS, { fields: { 'Sec-WebSocket-Version': version } });
for (const version of ['0', '7', '12', '14', '99', 'abc', '13, 8', '-1', ''])
  add(VERSION, `version "${version}" is refused, and those that are spoken are named`, [], NO_VERSIONS, {
    fields: { 'Sec-WebSocket-Version': version },
  });
add(VERSION, 'no version', [], NO_VERSIONS, { fields: { 'Sec-WebSocket-Version': null } });

for (const [title, key] of [
  ['no key', null],
  ['an empty key', ''],
  ['a key of 8 bytes', 'AAAAAAAAAAA='],
  ['a key of 20 bytes', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
  ['a key that is not base64', '!!!!!!!!!!!!!!!!!!!!!!!!'],
  ['a key without its padding', 'dGhlIHNhbXBsZSBub25jZQ'],
  ['two keys', ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ==']],
] as const)
  add(READ, title, [], NO_KEY, { fields: { 'Sec-WebSocket-Key': key } });

for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) add(READ, `method ${method}`, [], NO_METHOD, { method });
add(READ, 'Upgrade to a protocol that the app does not know', [], NO_UPGRADE, { fields: { Upgrade: 'other' } });
for (const [title, fields] of [
  ['no Upgrade', { Upgrade: null, Connection: 'close' }],
  ['no Connection', { Connection: 'close' }],
] as const)
  add(READ, `${title}: an ordinary request`, [], 'HTTP 426, "14\\r\\nan upgrade is needed\\r\\n0\\r\\n\\r\\n", end', { fields });

const offered = { path: '/protocols' };
add(PROTOCOL, 'a subprotocol is chosen of two', hello, '101 chat, text hello, close 1000, end', {
  ...offered,
  fields: { 'Sec-WebSocket-Protocol': 'superchat, chat' },
});
add(PROTOCOL, 'subprotocols in two lines', hello, '101 chat, text hello, close 1000, end', {
  ...offered,
  fields: { 'Sec-WebSocket-Protocol': ['superchat', 'chat'] },
});
add(PROTOCOL, 'none is chosen of those that the app does not know', hello, WORKS, {
  ...offered,
  fields: { 'Sec-WebSocket-Protocol': 'other' },
});
add(PROTOCOL, 'none is offered', hello, WORKS, offered);
for (const [title, value] of [
  ['an empty list', ''],
  ['one named twice', 'chat, chat'],
  ['one that is no token', 'ch@t'],
  ['a comma too many', 'chat,,superchat'],
] as const)
  add(PROTOCOL, `subprotocols: ${title}`, [], NO_PROTOCOLS, { ...offered, fields: { 'Sec-WebSocket-Protocol': value } });

add(EXTENSION, 'an extension that nobody knows', hello, WORKS, { fields: { 'Sec-WebSocket-Extensions': 'x-unknown; a=1' } });
add(EXTENSION, 'permessage-deflate to a server without it', hello, WORKS, { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
add(EXTENSION, 'an extension that is no token', [], NO_EXTENSIONS, {
  path: '/deflate',
  fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; =' },
});
const NO_CONTEXT = 'permessage-deflate;server_no_context_takeover';
for (const [title, offer, accepted] of [
  ['alone', 'permessage-deflate', NO_CONTEXT],
  ['with client_max_window_bits', 'permessage-deflate; client_max_window_bits', NO_CONTEXT],
  [
    'with server_max_window_bits=10',
    'permessage-deflate; server_max_window_bits=10',
    `permessage-deflate;server_max_window_bits=10;server_no_context_takeover`,
  ],
  [
    'with client_no_context_takeover',
    'permessage-deflate; client_no_context_takeover',
    `permessage-deflate;client_no_context_takeover;server_no_context_takeover`,
  ],
  ['behind one that nobody knows', 'x-unknown, permessage-deflate', NO_CONTEXT],
] as const)
  add(DEFLATE, `permessage-deflate ${title}`, hello, `101 ${accepted}, text deflated hello, close 1000, end`, {
    path: '/deflate',
    fields: { 'Sec-WebSocket-Extensions': offer },
  });
for (const offer of [
  'server_max_window_bits=99',
  'server_max_window_bits=7',
  'client_max_window_bits=16',
  'server_max_window_bits',
  'unknown',
  'server_no_context_takeover=1',
  'server_no_context_takeover; server_no_context_takeover',
])
  add(DEFLATE, `permessage-deflate with ${offer}`, [], NO_EXTENSIONS, {
    path: '/deflate',
    fields: { 'Sec-WebSocket-Extensions': `permessage-deflate; ${offer}` },
  });

add('6455, 10.2', 'an origin that the app takes', hello, WORKS, { path: '/origin', fields: { Origin: 'https://good.example' } });
for (const origin of ['https://evil.example', 'null', null])
  add('6455, 10.2', `origin ${origin ?? 'missing'} is refused by the app`, [], 'HTTP 401, "Unauthorized", end', {
    path: '/origin',
    fields: { Origin: origin },
  });

add(ANSWER, 'a refusal of the app with a length', [], 'HTTP 403, "stay", end', { path: '/refuse/length' });
add(ANSWER, 'a refusal of the app in chunks', [], 'HTTP 403, "4\\r\\nstay\\r\\n0\\r\\n\\r\\n", end', { path: '/refuse/chunked' });
add(ANSWER, 'a refusal of the app that its end delimits', [], 'HTTP 401, "who are you", end', { path: '/refuse/until-end' });
add(ANSWER, 'a redirect of the app', [], 'HTTP 302 to /echo, end', { path: '/refuse/redirect' });
add(ANSWER, 'the app closes the connection without an answer', [], 'end', { path: '/refuse/at-all' });

export const handshake = cases;
