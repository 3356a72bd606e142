import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fromNode } from '../errors/from-node.ts';
import { HostError } from '../errors/host-error.ts';
import type { FileChangeMonitor } from './file-change-monitor.ts';

/** Changes within so many ms are one: an editor's save is several. */
const SETTLE_MS = 50;

/** Paths that are watched for change. A monitor keeps no process alive. */
export class FileMonitors {
  readonly #limit: number;
  readonly #open = new Set<Monitor>();

  constructor(limit = 1_024) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#open.size;
  }

  /** `changed` gets the absolute path of what has changed. Throws HostError for a path that is not there, or one monitor too many. */
  add(path: string, changed: (path: string) => void, failed: (error: HostError) => void): FileChangeMonitor {
    if (this.#open.size >= this.#limit)
      throw new HostError(
        'ERROR_NOT_ENOUGH_QUOTA',
        `At most ${this.#limit} paths are watched at once. Close monitors, or watch their common folder`,
      );
    const monitor = new Monitor(resolve(path), changed, failed, () => this.#open.delete(monitor));
    this.#open.add(monitor);
    return monitor;
  }

  closeAll(): void {
    for (const monitor of this.#open) monitor.close();
  }
}

class Monitor implements FileChangeMonitor {
  readonly path: string;
  /** Its own last name, when it is a file: its folder is watched then, because editors put another file in the place of the one before. */
  readonly #file: string | undefined;
  readonly #watcher: FSWatcher;
  readonly #closed: () => void;
  readonly #changed: (path: string) => void;
  readonly #settling = new Map<string, NodeJS.Timeout>();

  constructor(path: string, changed: (path: string) => void, failed: (error: HostError) => void, closed: () => void) {
    this.path = path;
    this.#changed = changed;
    this.#closed = closed;
    try {
      const real = realpathSync(path);
      this.#file = statSync(real).isDirectory() ? undefined : basename(real);
      const watched = this.#file === undefined ? real : dirname(real);
      this.#watcher = watch(watched, { persistent: false }, (_event, name) => this.#hear(name));
    } catch (error) {
      throw fromNode(error, `${path} cannot be watched`);
    }
    this.#watcher.on('error', (error) => {
      this.close();
      failed(fromNode(error, `${path} is not watched any more`));
    });
  }

  close(): void {
    this.#watcher.close();
    for (const timer of this.#settling.values()) clearTimeout(timer);
    this.#settling.clear();
    this.#closed();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #hear(name: string | null): void {
    if (this.#file !== undefined && name !== null && name !== this.#file) return;
    // a watched file is told by its own path, something in a watched folder by its path there
    const path = name === null || this.#file !== undefined || basename(this.path) === name ? this.path : join(this.path, name);
    if (this.#settling.has(path)) return;
    this.#settling.set(
      path,
      setTimeout(() => {
        this.#settling.delete(path);
        this.#changed(path);
      }, SETTLE_MS).unref(),
    );
  }
}
