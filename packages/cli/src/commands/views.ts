import type { App, Channel, Event, Host, Key, Pool, Rollout, Worker } from '@baton/admin';
import { colourOfState } from '../output/paint.ts';
import { formatAge, formatBytes, formatTime } from '../output/units.ts';
import type { ListView } from './define.ts';

/** How each noun of the admin API is shown as a table. */

export const poolView: ListView<Pool> = {
  empty: 'no pools',
  columns: [
    { title: 'POOL', text: ({ name }) => name },
    { title: 'STATE', text: ({ state }) => state, colour: ({ state }) => colourOfState(state) },
    { title: 'START', text: ({ startMode }) => startMode },
    { title: 'WORKERS', align: 'right', text: ({ workers, maxProcesses }) => `${workers}/${maxProcesses}` },
    { title: 'WAITING', align: 'right', text: ({ parked }) => String(parked) },
    { title: 'IN FLIGHT', align: 'right', text: ({ inFlight }) => String(inFlight) },
    { title: 'REQUESTS', align: 'right', text: ({ requestsTotal }) => String(requestsTotal) },
    { title: 'APPS', text: ({ apps }) => apps.join(', ') },
    { title: 'WHAT', text: describeMoves },
  ],
};

/** Why it is not started, and what moves in it. */
function describeMoves({ cause, recycles, rollout }: Pool): string {
  const moves = [cause];
  if (recycles.length > 0) moves.push(`recycling ${recycles.join(', ')}`);
  if (rollout) moves.push(`rollout ${describeRollout(rollout)}`);
  return moves.filter((move) => move !== '').join('; ');
}

/** "running, 1 of 3 workers have the new settings". */
export function describeRollout({ state, done, workers, slot, cause, recycleId }: Rollout): string {
  const share = `${done} of ${workers} workers have the new settings`;
  if (state === 'kept') return `${share}, the others are kept (disallowRotationOnConfigChange)`;
  if (state === 'stopped') return `stopped at ${slot}${recycleId && ` by ${recycleId}`}: ${cause}; ${share}`;
  return `running, ${share}`;
}

export const appView: ListView<App> = {
  empty: 'no apps',
  columns: [
    { title: 'APP', text: ({ name }) => name },
    { title: 'POOL', text: ({ pool }) => pool },
    { title: 'URL', text: ({ urls, bindings }) => (urls.length > 0 ? urls : bindings).join(' ') },
    { title: 'ENTRY', text: ({ entry }) => entry },
    { title: 'VERSION', text: ({ version }) => version },
  ],
};

export const workerView: ListView<Worker> = {
  empty: 'no worker processes',
  columns: [
    { title: 'ID', text: ({ id }) => id },
    { title: 'POOL', text: ({ pool }) => pool },
    { title: 'SLOT', text: ({ slot }) => slot },
    { title: 'HOST', text: ({ host }) => host },
    { title: 'PID', align: 'right', text: ({ pid }) => (pid > 0 ? String(pid) : '') },
    { title: 'GEN', align: 'right', text: ({ generation }) => String(generation) },
    { title: 'STATE', text: ({ state }) => state, colour: ({ state }) => colourOfState(state) },
    { title: 'UP', align: 'right', text: ({ uptimeMs }) => formatAge(uptimeMs) },
    { title: 'REQUESTS', align: 'right', text: ({ requestsServed }) => String(requestsServed) },
    { title: 'IN FLIGHT', align: 'right', text: ({ inFlight }) => String(inFlight) },
    { title: 'MEMORY', align: 'right', text: ({ rssBytes }) => (rssBytes > 0 ? formatBytes(rssBytes) : '') },
    { title: 'FURTHER PORTS', text: ({ extraPorts }) => extraPorts.join(', ') },
  ],
};

export const hostView: ListView<Host> = {
  empty: 'no worker hosts',
  columns: [
    { title: 'HOST', text: ({ id }) => id },
    { title: 'STATE', text: ({ state }) => state, colour: ({ state }) => colourOfState(state) },
    { title: 'ADDRESS', text: ({ advertise }) => advertise },
    { title: 'PID', align: 'right', text: ({ pid }) => String(pid) },
    { title: 'WORKERS', align: 'right', text: ({ workers, capacity }) => `${workers}/${capacity}` },
    { title: 'SPARES', align: 'right', text: ({ spares }) => String(spares) },
    { title: 'FREE', align: 'right', text: ({ freeMemoryBytes }) => formatBytes(freeMemoryBytes) },
    { title: 'HEARD FROM', text: ({ lastHeartbeatAt }) => formatTime(lastHeartbeatAt) },
  ],
};

export const channelView: ListView<Channel> = {
  empty: 'no listener channels; one is opened with the first request for a pool',
  columns: [
    { title: 'PROTOCOL', text: ({ protocol }) => protocol },
    { title: 'POOL', text: ({ pool }) => pool },
    { title: 'CHANNEL', align: 'right', text: ({ channelId }) => String(channelId) },
    { title: 'ADAPTER', text: ({ adapter }) => adapter },
    {
      title: 'STATE',
      text: ({ attached }) => (attached ? 'attached' : 'detached'),
      colour: ({ attached }) => colourOfState(attached ? 'attached' : 'detached'),
    },
    { title: 'BLOB', align: 'right', text: ({ blobBytes }) => formatBytes(blobBytes) },
    { title: 'WORKERS', text: ({ connectedWorkers }) => connectedWorkers.join(', ') },
  ],
};

export const keyView: ListView<Key> = {
  empty: 'no keys',
  columns: [
    { title: 'KEY', text: ({ id }) => id },
    { title: 'STATE', text: ({ state }) => state, colour: ({ state }) => colourOfState(state === 'current' ? 'attached' : state) },
    { title: 'MADE', text: ({ createdAt }) => formatTime(createdAt) },
    { title: 'SIGNS FROM', text: ({ signsFrom }) => formatTime(signsFrom) },
    { title: 'GOOD UNTIL', text: ({ goodUntil }) => (goodUntil === undefined ? '' : formatTime(goodUntil)) },
  ],
};

export const eventView: ListView<Event> = {
  empty: 'no events',
  columns: [
    { title: 'TIME', text: ({ at }) => formatTime(at) },
    { title: 'EVENT', text: ({ type }) => type },
    { title: 'POOL', text: ({ pool }) => pool },
    { title: 'WORKER', text: ({ worker, generation }) => (worker && generation ? `${worker} gen ${generation}` : worker) },
    { title: 'HOST', text: ({ host }) => host },
    { title: 'WHAT', text: formatWhat },
  ],
};

function formatWhat({ cause, message }: Event): string {
  return cause && message && !message.includes(cause) ? `${cause}: ${message}` : message || cause;
}

/** An event as one line: `14:03:11 worker.ready worker w3 of shop/1 (generation 4) is ready after 31 ms`. */
export function formatEventLine(event: Event): string {
  return `${formatTime(event.at)} ${event.type} ${formatWhat(event)}`.trimEnd();
}
