import { crc32c } from './crc32c.ts';
import { ipv6Text } from './ipv6-text.ts';

/** The first 12 bytes of every header of version 2. */
export const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** Signature, version and command, family and transport, length. */
const FIXED_BYTES = 16;
const LOCAL = 0;
const PROXY = 1;
const TLV_CRC32C = 0x03;
const TLV_NOOP = 0x04;

/** What is wrong with a header, for counting. */
export type ProxyFaultReason =
  | 'not-proxy-v2'
  | 'version'
  | 'command'
  | 'family'
  | 'datagram'
  | 'address-length'
  | 'tlv'
  | 'checksum'
  | 'too-long';

/** The header of a connection is not one of the PROXY protocol, version 2. */
export class ProxyFault extends Error {
  readonly reason: ProxyFaultReason;
  constructor(reason: ProxyFaultReason, message: string) {
    super(message);
    this.name = 'ProxyFault';
    this.reason = reason;
  }
}

/** One type-length-value field, as it was sent. */
export interface ProxyTlv {
  readonly type: number;
  readonly value: Buffer;
}

/** Two ends of a connection as the proxy saw them. Ports are 0 for UNIX sockets, whose addresses are paths ("@name": an abstract one). */
export interface ProxyAddresses {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

export interface ProxyHeader {
  /** Bytes of the header; what follows is the client's. */
  readonly bytes: number;
  /** Undefined: a connection of the proxy's own (LOCAL), or one whose ends it does not know: those of the socket count. */
  readonly addresses: ProxyAddresses | undefined;
  readonly tlvs: readonly ProxyTlv[];
}

/**
 * Reads a header of the PROXY protocol, version 2 ("The PROXY protocol", haproxy.org, section 2.2); undefined while bytes are missing.
 *
 * - Throws ProxyFault as soon as what has come cannot become one; `maxBytes` bounds the whole header.
 * - A checksum is verified where there is one; fields that nobody knows are passed on.
 */
export function readProxyHeader(bytes: Buffer, maxBytes: number): ProxyHeader | undefined {
  const known = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.compare(SIGNATURE, 0, known, 0, known) !== 0)
    throw new ProxyFault('not-proxy-v2', 'expected the signature of the PROXY protocol, version 2');
  if (bytes.length < FIXED_BYTES) return undefined;
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 15;
  if (version !== 2) throw new ProxyFault('version', `expected version 2, got ${version}`);
  if (command !== LOCAL && command !== PROXY) throw new ProxyFault('command', `expected LOCAL (0) or PROXY (1), got command ${command}`);
  const end = FIXED_BYTES + bytes.readUInt16BE(14);
  if (end > maxBytes) throw new ProxyFault('too-long', `expected at most ${maxBytes} bytes, the header has ${end}`);
  const size = command === LOCAL ? undefined : addressBytes(bytes[13]!);
  if (size !== undefined && FIXED_BYTES + size > end)
    throw new ProxyFault('address-length', `expected ${size} bytes of addresses, got ${end - FIXED_BYTES}`);
  if (bytes.length < end) return undefined;
  const whole = bytes.subarray(0, end);
  // Of LOCAL the receiver has to skip whatever is there, whichever family it names.
  if (command === LOCAL) return { bytes: end, addresses: undefined, tlvs: [] };
  const tlvs = readTlvs(whole, FIXED_BYTES + size!);
  return { bytes: end, addresses: readAddresses(whole), tlvs };
}

/** Size of the address block of a family and transport; only these seven are assigned. */
function addressBytes(family: number): number {
  switch (family) {
    case 0x00:
      return 0;
    case 0x11:
      return 12;
    case 0x21:
      return 36;
    case 0x31:
      return 216;
    case 0x12:
    case 0x22:
    case 0x32:
      throw new ProxyFault('datagram', 'expected a stream, the header names datagrams');
    default:
      throw new ProxyFault('family', `expected TCP or UNIX over IPv4, IPv6 or UNIX, got 0x${family.toString(16).padStart(2, '0')}`);
  }
}

function readAddresses(bytes: Buffer): ProxyAddresses | undefined {
  const at = FIXED_BYTES;
  switch (bytes[13]) {
    case 0x11: {
      const [remoteAddress, localAddress] = [ipv4(bytes, at), ipv4(bytes, at + 4)];
      return { remoteAddress, localAddress, remotePort: bytes.readUInt16BE(at + 8), localPort: bytes.readUInt16BE(at + 10) };
    }
    case 0x21: {
      const [remoteAddress, localAddress] = [ipv6Text(bytes.subarray(at, at + 16)), ipv6Text(bytes.subarray(at + 16, at + 32))];
      return { remoteAddress, localAddress, remotePort: bytes.readUInt16BE(at + 32), localPort: bytes.readUInt16BE(at + 34) };
    }
    case 0x31:
      return { remoteAddress: path(bytes, at), localAddress: path(bytes, at + 108), remotePort: 0, localPort: 0 };
    default:
      return undefined;
  }
}

const ipv4 = (bytes: Buffer, at: number): string => bytes.subarray(at, at + 4).join('.');

/** A path ends with its first NUL; an abstract name begins with one. */
function path(bytes: Buffer, at: number): string {
  const isAbstract = bytes[at] === 0;
  const from = isAbstract ? at + 1 : at;
  const nul = bytes.subarray(from, at + 108).indexOf(0);
  const name = bytes.toString('latin1', from, nul < 0 ? at + 108 : from + nul);
  return isAbstract && name !== '' ? `@${name}` : name;
}

function readTlvs(bytes: Buffer, from: number): ProxyTlv[] {
  const tlvs: ProxyTlv[] = [];
  for (let at = from; at < bytes.length; ) {
    if (at + 3 > bytes.length) throw new ProxyFault('tlv', 'the header ends within a field');
    const type = bytes[at]!;
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    if (end > bytes.length) throw new ProxyFault('tlv', 'a field is longer than the header');
    const value = bytes.subarray(at + 3, end);
    if (type === TLV_CRC32C) verifyChecksum(bytes, at + 3, value);
    else if (type !== TLV_NOOP) tlvs.push({ type, value: Buffer.from(value) });
    at = end;
  }
  return tlvs;
}

/** The checksum is that of the whole header with its own four bytes at zero. */
function verifyChecksum(bytes: Buffer, at: number, value: Buffer): void {
  if (value.length !== 4) throw new ProxyFault('checksum', `expected a checksum of 4 bytes, got ${value.length}`);
  const blank = Buffer.from(bytes);
  blank.fill(0, at, at + 4);
  if (crc32c(blank) !== value.readUInt32BE(0)) throw new ProxyFault('checksum', 'the checksum is not that of the header');
}
