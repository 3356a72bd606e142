import { userInfo } from 'node:os';

/** Whom this process runs as: the user's name, else "uid-N"; a container may run as a uid that no passwd entry names. */
export function userName(read: () => { readonly username: string } = userInfo, uid = process.getuid?.() ?? 0): string {
  try {
    return read().username;
  } catch {
    return `uid-${uid}`;
  }
}
