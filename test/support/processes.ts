import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine, as /proc tells. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly environment: string;
}

/** All processes that can be read now. */
export function everyProcess(): ProcessRow[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      if (/\) Z /.test(stat)) return [];
      const parent = Number(stat.replace(/^.*\) /s, '').split(' ')[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
      return [{ pid: Number(name), parent, command, environment }];
    } catch {
      return []; // it ended meanwhile, or is not ours to look at
    }
  });
}

/** Processes that name the marker in their command line or environment: everything a cluster started in a directory of its own. */
export function processesOf(marker: string): ProcessRow[] {
  return everyProcess().filter((row) => row.pid !== process.pid && (row.command.includes(marker) || row.environment.includes(marker)));
}

/** True while the process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
