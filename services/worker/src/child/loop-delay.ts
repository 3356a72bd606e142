import type { LoopDelay } from '../figures.ts';

/** The loop is looked at this often while it is watched, ms: 0.15 % of a core. */
const RESOLUTION_MS = 20;

type Monitor = ReturnType<typeof import('node:perf_hooks').monitorEventLoopDelay>;

/**
 * Measures the delay of the event loop while the app has something to do, and only then: an idle process is not woken fifty times a second.
 *
 * - Nothing of it is loaded before the first request.
 */
export class LoopWatch {
  #monitor: Monitor | undefined;
  #isOn = false;

  /** Figures since the last call; undefined: it was not watched meanwhile. Watches on while the process `isBusy`. */
  read(isBusy: boolean): LoopDelay | undefined {
    const delay = this.#isOn && this.#monitor ? figuresOf(this.#monitor) : undefined;
    if (isBusy !== this.#isOn) this.#turn(isBusy);
    this.#monitor?.reset();
    return delay;
  }

  #turn(isOn: boolean): void {
    this.#isOn = isOn;
    if (!isOn) this.#monitor?.disable();
    else {
      this.#monitor ??= process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#monitor.enable();
    }
  }
}

function figuresOf(monitor: Monitor): LoopDelay | undefined {
  if (monitor.count === 0) return undefined;
  return { p50Ms: delayMs(monitor.percentile(50)), p99Ms: delayMs(monitor.percentile(99)), maxMs: delayMs(monitor.max) };
}

/** What the monitor measures is the time between two looks: the delay is what is beyond its own timer. */
function delayMs(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 1e3 - RESOLUTION_MS * 1e3) / 1e3);
}
