import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Peer, Place } from './suite.ts';

const START_LIMIT_MS = 20_000;

/** Runs a suite's app with Node alone until disposed. Rejects with its output when it does not take connections. */
export async function startPeer(peer: Peer, place: Place): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, [peer.entry], {
    env: { ...process.env, ...peer.env, PORT: String(place.port), TLS_PORT: String(place.tlsPort), CONFORMANCE_DIR: place.dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-10_000);
    });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  const untilMs = Date.now() + START_LIMIT_MS;
  while (!(await accepts(place.port))) {
    if (child.exitCode === null && Date.now() < untilMs) {
      await delay(20);
      continue;
    }
    await stop();
    throw new Error(`${peer.entry} was to listen on ${place.port} and does not: ${output}`);
  }
  return { [Symbol.asyncDispose]: stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
