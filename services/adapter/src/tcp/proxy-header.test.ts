import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';
import { ProxyFault, readProxyHeader, SIGNATURE } from './proxy-header.ts';

const MAX = 4_096;

/** Version and command, family, then everything behind the length. */
function header(command: number, family: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const fixed = Buffer.from([command, family, rest.length >> 8, rest.length & 255]);
  return Buffer.concat([SIGNATURE, fixed, rest]);
}

const tlv = (type: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value]);
const TCP4 = Buffer.from([192, 0, 2, 7, 198, 51, 100, 1, 0xc0, 0x01, 0x01, 0xbb]);
const TCP6 = Buffer.from(`20010db8${'00'.repeat(11)}07${'00'.repeat(10)}ffff0a000001c00101bb`, 'hex');
const UNIX = Buffer.concat([Buffer.from('/run/a.sock'.padEnd(108, '\0')), Buffer.from('\0hidden'.padEnd(108, '\0'))]);

/** A checksum in place of its four zero bytes. */
function signed(rest: Buffer): Buffer {
  const bytes = header(0x21, 0x11, Buffer.concat([rest, tlv(0x03, Buffer.alloc(4))]));
  bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4);
  return bytes;
}

describe('a PROXY header of version 2', () => {
  it('names the ends of a connection over IPv4', () => {
    const bytes = Buffer.concat([header(0x21, 0x11, TCP4), Buffer.from('GET')]);
    assert.deepEqual(readProxyHeader(bytes, MAX), {
      bytes: 28,
      addresses: { remoteAddress: '192.0.2.7', remotePort: 49_153, localAddress: '198.51.100.1', localPort: 443 },
      tlvs: [],
    });
  });

  it('names the ends of a connection over IPv6, an IPv4 address in its own form', () => {
    assert.deepEqual(readProxyHeader(header(0x21, 0x21, TCP6), MAX)?.addresses, {
      remoteAddress: '2001:db8::7',
      remotePort: 49_153,
      localAddress: '10.0.0.1',
      localPort: 443,
    });
  });

  it('names the paths of UNIX sockets, an abstract one with @', () => {
    const { remoteAddress, localAddress, remotePort } = readProxyHeader(header(0x21, 0x31, UNIX), MAX)!.addresses!;
    assert.deepEqual([remoteAddress, localAddress, remotePort], ['/run/a.sock', '@hidden', 0]);
  });

  it('of the command LOCAL says nothing, whatever it carries', () => {
    for (const bytes of [header(0x20, 0x00), header(0x20, 0x11, TCP4), header(0x20, 0xff, Buffer.from('abc'))])
      assert.deepEqual(readProxyHeader(bytes, MAX), { bytes: bytes.length, addresses: undefined, tlvs: [] });
  });

  it('of an unspecified family has fields and no addresses', () => {
    const found = readProxyHeader(header(0x21, 0x00, tlv(0x02, Buffer.from('shop'))), MAX);
    assert.deepEqual(found?.addresses, undefined);
    assert.deepEqual(found?.tlvs, [{ type: 0x02, value: Buffer.from('shop') }]);
  });

  it('passes its fields on in order, and none that only fills', () => {
    const rest = Buffer.concat([
      TCP4,
      tlv(0x01, Buffer.from('h2')),
      tlv(0x04, Buffer.alloc(9)),
      tlv(0xea, Buffer.from([1, 2])),
      tlv(0xea, Buffer.alloc(0)),
    ]);
    assert.deepEqual(readProxyHeader(header(0x21, 0x11, rest), MAX)?.tlvs, [
      { type: 0x01, value: Buffer.from('h2') },
      { type: 0xea, value: Buffer.from([1, 2]) },
      { type: 0xea, value: Buffer.alloc(0) },
    ]);
  });

  it('with a checksum is taken only when it is right', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    const bytes = signed(TCP4);
    assert.equal(readProxyHeader(bytes, MAX)?.bytes, bytes.length);
    bytes[17]! ^= 1;
    assert.throws(() => readProxyHeader(bytes, MAX), { reason: 'checksum' });
  });

  const refused: readonly (readonly [string, Buffer, string])[] = [
    ['version 1', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 49153 443\r\n'), 'not-proxy-v2'],
    ['a request without any', Buffer.from('GET / HTTP/1.1\r\n'), 'not-proxy-v2'],
    ['the signature with one byte changed', Buffer.concat([SIGNATURE.subarray(0, 11), Buffer.from('\r')]), 'not-proxy-v2'],
    ['version 3', header(0x31, 0x11, TCP4), 'version'],
    ['version 0', header(0x01, 0x11, TCP4), 'version'],
    ['a command that is not assigned', header(0x22, 0x11, TCP4), 'command'],
    ['a family that is not assigned', header(0x21, 0x41, TCP4), 'family'],
    ['a family without a transport', header(0x21, 0x10, TCP4), 'family'],
    ['a transport without a family', header(0x21, 0x01, TCP4), 'family'],
    ['datagrams', header(0x21, 0x12, TCP4), 'datagram'],
    ['addresses that are cut short', header(0x21, 0x11, TCP4.subarray(0, 11)), 'address-length'],
    ['IPv6 with the addresses of IPv4', header(0x21, 0x21, TCP4), 'address-length'],
    ['UNIX with the addresses of IPv6', header(0x21, 0x31, TCP6), 'address-length'],
    ['half a field', header(0x21, 0x11, Buffer.concat([TCP4, Buffer.from([1, 0])])), 'tlv'],
    ['a field longer than the header', header(0x21, 0x11, Buffer.concat([TCP4, Buffer.from([1, 0, 9, 65])])), 'tlv'],
    ['a checksum of three bytes', header(0x21, 0x11, Buffer.concat([TCP4, tlv(0x03, Buffer.alloc(3))])), 'checksum'],
    ['a wrong checksum', header(0x21, 0x11, Buffer.concat([TCP4, tlv(0x03, Buffer.alloc(4))])), 'checksum'],
    ['more bytes than are taken', header(0x21, 0x11, Buffer.concat([TCP4, tlv(0xea, Buffer.alloc(5_000))])), 'too-long'],
  ];
  for (const [title, bytes, reason] of refused)
    it(`is refused: ${title}`, () => assert.throws(() => readProxyHeader(bytes, MAX), { name: 'ProxyFault', reason }));

  it('is read the same however it comes in parts, and never too early', () => {
    const bytes = Buffer.concat([signed(Buffer.concat([TCP4, tlv(0xea, Buffer.from('x'))])), Buffer.from('rest')]);
    const end = bytes.length - 4;
    for (let at = 0; at < end; at++) assert.equal(readProxyHeader(bytes.subarray(0, at), MAX), undefined);
    assert.equal(readProxyHeader(bytes, MAX)?.bytes, end);
  });

  it('of random bytes is read or refused, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (random, hasSignature) => {
        const bytes = hasSignature ? Buffer.concat([SIGNATURE, random]) : Buffer.from(random);
        try {
          const found = readProxyHeader(bytes, MAX);
          assert.ok(found === undefined || (found.bytes >= 16 && found.bytes <= bytes.length));
        } catch (error) {
          assert.ok(error instanceof ProxyFault, String(error));
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
