// Question: what does hosting an app in Baton cost, against the app alone and behind nginx, and how long does a first request take?
import { type ActivationResult, measureActivation, measureFork, median } from './activation.ts';
import { cpuMicros } from './cpu.ts';
import { generator, type LoadResult, load } from './load.ts';
import { type Peer, startBaton, startDirect, startNginx } from './peers.ts';

interface Row extends LoadResult {
  readonly peer: string;
  readonly connections: number;
  readonly cpuMicrosPerRequest: number;
}

export interface HostingOptions {
  /** Length of a run. */
  readonly seconds: number;
  /** First requests of each kind. */
  readonly rounds: number;
  /** Runs of each row, of which the middle one counts. */
  readonly repeat: number;
}

export interface HostingResult {
  readonly generator: string;
  readonly seconds: number;
  readonly repeat: number;
  readonly rows: readonly Row[];
  readonly activations: readonly ActivationResult[];
}

/** Each way to serve the app under load, in turns, then first requests to an idle pool. */
export async function measureHosting({ seconds, rounds, repeat }: HostingOptions): Promise<HostingResult> {
  const peers: Peer[] = [await startDirect()];
  const rows: Row[] = [];
  try {
    const nginx = await startNginx();
    if (nginx) peers.push(nginx);
    else console.log('nginx is not installed: its rows are missing');
    peers.push(await startBaton());
    for (const peer of peers) await load(peer.url, 64, 2); // warm up
    for (const connections of [64, 1]) {
      const runs: Row[] = [];
      for (let round = 0; round < repeat; round++) for (const peer of peers) runs.push(await measure(peer, connections, seconds)); // interleaved: drift hits all alike
      for (const peer of peers) rows.push(middle(runs.filter((row) => row.peer === peer.name)));
    }
  } finally {
    for (const peer of peers) await peer.stop();
  }
  const activations = [
    await measureFork(rounds),
    await measureActivation('cold', 0, rounds),
    await measureActivation('with a spare', 1, rounds),
  ];
  return { generator, seconds, repeat, rows, activations };
}

async function measure(peer: Peer, connections: number, seconds: number): Promise<Row> {
  const pids = peer.pids();
  const before = cpuMicros(pids);
  const result = await load(peer.url, connections, seconds);
  return { peer: peer.name, connections, cpuMicrosPerRequest: (cpuMicros(pids) - before) / result.requests, ...result };
}

function middle(runs: readonly Row[]): Row {
  return [...runs].sort((a, b) => a.cpuMicrosPerRequest - b.cpuMicrosPerRequest)[Math.floor(runs.length / 2)]!;
}

/** The tables, with the ratios that have a goal. */
export function printHosting({ rows, activations, seconds, repeat }: HostingResult): void {
  console.log(`\nhello world, ${seconds} s a run, median of ${repeat} runs by CPU, load from ${generator}; CPU of all server processes\n`);
  console.log('connections  served by       CPU/request   requests/s      p50        p99   errors');
  for (const row of rows)
    console.log(
      `${String(row.connections).padStart(11)}  ${row.peer.padEnd(13)} ${`${row.cpuMicrosPerRequest.toFixed(1)} µs`.padStart(12)} ${row.requestsPerSecond.toFixed(0).padStart(12)} ${`${row.p50Micros.toFixed(0)} µs`.padStart(9)} ${`${row.p99Micros.toFixed(0)} µs`.padStart(10)} ${String(row.errors).padStart(8)}`,
    );
  const find = (name: string, connections: number) => rows.find((row) => row.peer === name && row.connections === connections);
  const [baton, nginx] = [find('Baton', 64), find('nginx + Node', 64)];
  const [baton1, nginx1] = [find('Baton', 1), find('nginx + Node', 1)];
  if (baton && nginx && baton1 && nginx1) {
    console.log(
      `\nBaton / nginx at 64 connections: CPU per request ${ratio(baton.cpuMicrosPerRequest, nginx.cpuMicrosPerRequest)} (goal <= 0.80), requests/s ${ratio(baton.requestsPerSecond, nginx.requestsPerSecond)} (goal >= 1.00)`,
    );
    console.log(`Baton / nginx at 1 connection: median latency ${ratio(baton1.p50Micros, nginx1.p50Micros)}`);
  }
  console.log('\nfirst request to an idle pool     median      p90      max   rounds');
  for (const { name, timesMs } of activations)
    console.log(
      `${name.padEnd(28)} ${`${median(timesMs).toFixed(1)} ms`.padStart(11)} ${`${timesMs[Math.floor(timesMs.length * 0.9)]?.toFixed(1)} ms`.padStart(8)} ${`${timesMs.at(-1)?.toFixed(1)} ms`.padStart(8)} ${String(timesMs.length).padStart(8)}`,
    );
  console.log('goals: cold <= 120 ms, with a spare <= 30 ms (medians)');
}

function ratio(a: number, b: number): string {
  return (a / b).toFixed(2);
}
