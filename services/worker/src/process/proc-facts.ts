import { readFile } from 'node:fs/promises';

/** What tells a process from every other that ever has its pid: start time (clock ticks since boot) and boot. */
export interface ProcessMark {
  readonly startTicks: string;
  readonly bootId: string;
}

/** The mark of a running process; undefined when it is gone (a zombie counts as gone) or the system has no /proc. */
export async function processMark(pid: number): Promise<ProcessMark | undefined> {
  try {
    const [stat, bootId] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
    ]);
    // the name in parentheses may hold anything; fields are counted behind the last one
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' || startTicks === undefined ? undefined : { startTicks, bootId: bootId.trim() };
  } catch {
    return undefined;
  }
}

/** Both mark one process; a process that is gone has no mark. */
export function isSameMark(a: ProcessMark, b: ProcessMark | undefined): boolean {
  return b !== undefined && a.startTicks === b.startTicks && a.bootId === b.bootId;
}

/** Resident memory of a process in bytes; 0 when unknown. */
export async function residentBytes(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
