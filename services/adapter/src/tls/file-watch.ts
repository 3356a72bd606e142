import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Several files of one renewal are written one after the other, ms. */
const SETTLE_MS = 100;
/** For directories that cannot be watched, or whose watch says nothing (network file systems), ms. */
const POLL_MS = 10_000;

/**
 * Says when files may have changed: by watching their directories, because tools of renewal put new files or links in the place of old ones, and
 * by asking again every 10 s.
 */
export class FileWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly onChange: () => void;
  private readonly poll: NodeJS.Timeout;
  private settling: NodeJS.Timeout | undefined = undefined;

  constructor(onChange: () => void) {
    this.onChange = onChange;
    this.poll = setInterval(onChange, POLL_MS);
    this.poll.unref();
  }

  /** Watches the directories of these files, and no others. */
  follow(files: readonly string[]): void {
    const wanted = new Set(files.map((file) => dirname(file)));
    for (const [directory, watcher] of this.watchers) {
      if (wanted.has(directory)) continue;
      watcher.close();
      this.watchers.delete(directory);
    }
    for (const directory of wanted) if (!this.watchers.has(directory)) this.watchOne(directory);
  }

  private watchOne(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.settle());
      watcher.on('error', () => {
        watcher.close();
        this.watchers.delete(directory);
      });
      this.watchers.set(directory, watcher);
    } catch {
      // The poll looks there too.
    }
  }

  private settle(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(this.onChange, SETTLE_MS).unref();
  }

  close(): void {
    clearInterval(this.poll);
    clearTimeout(this.settling);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }
}
