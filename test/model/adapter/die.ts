import { Line, NOBODY, Work } from '../state/words.ts';
import type { Leader } from '../was/leader.ts';
import type { Adapter } from './adapter.ts';
import type { Link } from './link.ts';
import { loseStream } from './register.ts';

/** The adapter's process ends: its clients are cut, which is nobody's fault here, and its links break for good. */
export function killAdapter(adapter: Adapter, leader: Leader | undefined): void {
  loseStream(adapter, leader);
  const { seen } = adapter;
  adapter.clear();
  adapter.seen = seen;
  adapter.isDead = 1;
  for (const link of adapter.links) cut(link);
  for (const request of adapter.requests) {
    if (request.isUnanswered) request.state = Work.failed;
    request.worker = NOBODY;
    request.isTagged = 0;
  }
}

function cut(link: Link): void {
  const wasOpen = link.isOpen;
  link.clear();
  link.frames.clear();
  if (wasOpen) link.line = Line.ended;
}
