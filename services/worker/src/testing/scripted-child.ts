/**
 * A child process for the host's tests: speaks messages.ts, and does what the words in the variable ACT say.
 *
 * words: silent (never listens), throws (an uncaught error at load), failed (says APP_THREW), exits (code 3 at load), deaf (ignores stop and SIGTERM),
 * slow (needs SIGTERM to end), idle (wishes to be put away), recycle (wishes to be recycled), env (prints its environment), grandchild (spawns one and prints its pid),
 * flood (writes without end), lines (prints tricky lines), crash (throws 50 ms after it listens), survive (outlives its host by DRAIN_MS)
 */
import { spawn } from 'node:child_process';
import type { Assign, ChannelRef, ChildMessage, HostMessage } from '../messages.ts';

process.title = 'baton spare';
const say = (message: ChildMessage): void => {
  process.send?.(message);
};
const words = new Set<string>();

process.on('message', (message: HostMessage) => {
  switch (message.type) {
    case 'assign':
      return begin(message);
    case 'connect':
      return message.channels.forEach(connected);
    case 'stop':
      return stop(message.successor, message.limitMs);
    case 'wishAnswer':
      return console.log(`${message.wish} granted: ${message.granted}`);
  }
});
process.on('disconnect', () => {
  if (!words.has('survive')) process.exit(0);
  setTimeout(() => process.exit(0), Number(process.env.DRAIN_MS));
});
process.on('SIGTERM', () => {
  if (!words.has('deaf')) process.exit(0);
});
say({ type: 'spare' });

function begin(assign: Assign): void {
  Object.assign(process.env, assign.env);
  for (const word of (assign.env.ACT ?? '').split(' ')) words.add(word);
  process.title = `baton ${assign.workerId} pool=${assign.pool} gen=${assign.generation}`;
  if (words.has('env')) console.log(`environment ${JSON.stringify(process.env)}`);
  if (words.has('grandchild')) {
    const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'inherit' });
    console.log(`grandchild ${grandchild.pid}`);
  }
  if (words.has('lines')) writeTrickyLines();
  if (words.has('flood')) flood();
  if (words.has('throws')) throw new TypeError('the configuration has no port');
  if (words.has('exits')) process.exit(3);
  if (words.has('failed')) {
    say({ type: 'failed', code: 'APP_THREW', message: 'the app threw while loading: no database' });
    process.exitCode = 1;
    process.disconnect();
    return;
  }
  if (words.has('silent')) return;
  say({ type: 'extraListen', wanted: '0.0.0.0:9464', actual: '127.0.0.1:40001' });
  say({ type: 'listening', afterMs: 1 });
  assign.channels.forEach(connected);
  say({ type: 'stats', requestsServed: 7, inFlight: 1, rssBytes: 50_000_000 });
  if (words.has('idle'))
    say({ type: 'idle', connected: assign.channels.map(({ adapterId, channelId }) => ({ adapterId, channelId })), idleMs: 1 });
  if (words.has('recycle')) say({ type: 'recycle', reason: 'tired' });
  if (words.has('crash')) {
    setTimeout(() => {
      throw new RangeError('cannot go on');
    }, 50);
  }
}

function connected({ adapterId, channelId }: ChannelRef): void {
  say({ type: 'connected', adapterId, channelId });
}

function stop(successor: string, limitMs: number): void {
  console.log(`asked to stop within ${limitMs} ms for ${successor || 'nobody'}`);
  if (words.has('deaf') || words.has('slow')) return;
  say({ type: 'drained', unfinished: 0 });
  process.exitCode = 0;
  process.disconnect();
}

function writeTrickyLines(): void {
  const snowman = Buffer.from('☃ up\r\n\r\n');
  process.stdout.write(snowman.subarray(0, 2));
  setTimeout(() => {
    process.stdout.write(snowman.subarray(2));
    process.stdout.write(`${'x'.repeat(100_000)}\n`);
    process.stderr.write('to stderr\nno line end');
  }, 20);
}

function flood(): void {
  const chunk = `${'flood '.repeat(20)}\n`.repeat(500);
  const more = (): void => {
    process.stdout.write(chunk, () => setImmediate(more));
  };
  more();
}
