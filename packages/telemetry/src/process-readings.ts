import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { type Reading, reading, single } from './readings.ts';

/** The delay is looked at this often, ms. */
const RESOLUTION_MS = 20;
/** Figures of one window are told to everybody who asks within it, so that several readers do not take each other's. */
const WINDOW_MS = 5_000;

interface LoopFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly utilization: number;
}

/** Makes the readings that every service has: event loop, CPU, memory. The returned function is asked at each scrape. */
export function watchProcess(): () => Reading[] {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let utilization = performance.eventLoopUtilization();
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let loop: LoopFigures = { p50: 0, p99: 0, max: 0, utilization: 0 };

  function look(): LoopFigures {
    const now = performance.now();
    if (now - lookedAtMs < WINDOW_MS) return loop;
    lookedAtMs = now;
    const next = performance.eventLoopUtilization();
    const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.count > 0 ? delay.max : 0].map(beyondTimer);
    loop = { p50: p50!, p99: p99!, max: max!, utilization: performance.eventLoopUtilization(next, utilization).utilization };
    utilization = next;
    delay.reset();
    return loop;
  }

  return () => {
    const { p50, p99, max, utilization } = look();
    const { user, system } = process.cpuUsage();
    return [
      single('loopDelayP50', p50, {}),
      single('loopDelayP99', p99, {}),
      single('loopDelayMax', max, {}),
      single('loopUtilization', utilization, {}),
      reading('processCpu', [
        { labels: { 'cpu.mode': 'user' }, value: user / 1e6 },
        { labels: { 'cpu.mode': 'system' }, value: system / 1e6 },
      ]),
      single('processMemory', process.memoryUsage.rss(), {}),
      single('processUptime', process.uptime(), {}),
    ];
  };
}

/** What the monitor measures is the time between two looks: the delay is what is beyond its own timer, seconds. */
function beyondTimer(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
}
