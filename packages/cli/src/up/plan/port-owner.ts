import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listPids } from '../supervise/process-id.ts';

export interface PortOwner {
  readonly pid: number;
  /** The start of its command line. */
  readonly name: string;
}

const LISTENING = '0A';

/** The process that listens on a TCP port, as far as /proc shows it to this user. */
export function findPortOwner(port: number): PortOwner | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  const pid = listPids().find((candidate) => ownsSocket(candidate, inodes));
  return pid === undefined ? undefined : { pid, name: nameOf(pid) };
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return readText(`/proc/net/${table}`)
    .split('\n')
    .flatMap((line) => {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === LISTENING && inode && local?.endsWith(`:${wanted}`) ? [`socket:[${inode}]`] : [];
    });
}

function ownsSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // another user's, or it ended
  }
}

const LONGEST_NAME = 60;

function nameOf(pid: number): string {
  const command = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() || readText(`/proc/${pid}/comm`).trim();
  return command.length > LONGEST_NAME ? `${command.slice(0, LONGEST_NAME)}…` : command;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
