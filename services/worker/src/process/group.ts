/**
 * Signals a whole process group; the leader's pid is the group's id because children are spawned detached.
 * True: there was somebody to signal.
 */
export function signalGroup(leaderPid: number, signal: NodeJS.Signals): boolean {
  // 0 and 1 would mean our own group and everybody
  if (leaderPid <= 1) return false;
  try {
    process.kill(-leaderPid, signal);
    return true;
  } catch {
    return false;
  }
}
