import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { openListenerAdapter } from '@baton/adapter-kit';
import { conformance } from '@baton/adapter-kit/conformance';
import { UdpListener } from './udp-listener.ts';

const quiet = { info() {}, warn() {} };

for (const channelPer of ['pool', 'app'] as const) {
  conformance({
    protocol: 'udp',
    variant: `a channel per ${channelPer}`,
    onFailure: 'silent',

    async createBinding() {
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const { port } = socket.address();
      socket.close();
      return `udp://127.0.0.1:${port}`;
    },

    async open({ id, was, secret }) {
      const { stop } = await openListenerAdapter({
        hub: { id },
        protocol: 'udp',
        channelPer,
        was,
        secret,
        log: quiet,
        listener: new UdpListener(quiet),
      });
      return { stop, send };
    },

    read: (_head, body) => (body.length > 0 ? body.toString() : undefined),

    answer(stream, text) {
      stream.sendHead({ status: 200, reason: 'OK', headers: '', framing: 'close', close: false });
      stream.write(Buffer.from(text));
      stream.end();
    },
  });
}

/** Sends a datagram and waits for one; where nobody listens the system says so (ICMP). */
async function send(binding: string, text: string, signal: AbortSignal) {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve) => socket.connect(Number(new URL(binding).port), '127.0.0.1', resolve));
    const answer = once(socket, 'message', { signal });
    socket.send(text);
    const [bytes] = (await answer) as [Buffer];
    return { kind: 'answered', text: bytes.toString() } as const;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? ({ kind: 'unreachable' } as const) : ({ kind: 'failed' } as const);
  } finally {
    socket.close();
  }
}
