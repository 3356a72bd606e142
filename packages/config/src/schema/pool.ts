import { z } from 'zod';
import { environment } from './environment.ts';
import { describe } from './facts.ts';
import { identity } from './identity.ts';
import { choice, duration, flag, integer, size, written } from './kinds.ts';
import { name } from './names.ts';
import { group, laterSetting, setting } from './setting.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Node's timers hold less than 25 days; IIS allows up to 49. Its smallest limit, 1 s, is 1 ms here, and times need not be whole seconds or minutes. */
const LONGEST_MS = 24 * DAY;
const TIME_LIMIT = { minMs: 1, maxMs: LONGEST_MS };

/** IIS leaves it open; a bound keeps a slip of the pen from asking for a million processes. */
const MOST_PROCESSES = 1000;

/** As IIS has it. */
const MOST_SLOTS = 256;

const RECYCLE_REASONS = ['time', 'requests', 'schedule', 'memory', 'isapiUnhealthy', 'onDemand', 'configChange', 'privateMemory'] as const;
/** Those of IIS for which nothing is recycled here; files that name them are read all the same. */
const NOT_PRODUCED: readonly (typeof RECYCLE_REASONS)[number][] = ['memory', 'isapiUnhealthy', 'privateMemory'];

const timeOfDay = () => {
  const expects = 'a local time of day such as 03:00';
  return written<string>(
    (value) => {
      const match = typeof value === 'string' ? /^([01]\d|2[0-3]):([0-5]\d)(?::00)?$/.exec(value) : null;
      return match ? { ok: `${match[1]}:${match[2]}` } : { refused: { expects } };
    },
    { expects, json: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d(:00)?$' } },
  );
};

const timesOfDay = () => {
  const times = z.array(timeOfDay()).superRefine((given, context) => {
    given.forEach((time, index) => {
      if (given.indexOf(time) === index) return;
      context.addIssue({ code: 'custom', path: [index], params: { expects: 'a time of day that is not in the list yet' } });
    });
  });
  return describe(times, { expects: 'a list of times of day' });
};

/** One application pool: the settings of IIS with its names and defaults. */
export const pool = z.strictObject({
  name: describe(name(), { about: 'Name of the pool, unique in the file.' }),
  identity: identity().optional(),
  queueLength: setting(integer(10, 65_535), 1000, 'Requests that may wait for a worker, per adapter; further ones get 503 QUEUE_FULL.'),
  startMode: setting(
    choice('onDemand', 'alwaysRunning'),
    'onDemand',
    'When the first worker starts: with the first request, or with the pool.',
  ),
  autoStart: setting(flag(), true, 'Whether the pool is started when the cluster starts.'),
  processModel: group('Worker processes.', {
    maxProcesses: setting(integer(1, MOST_PROCESSES), 1, 'Slots of the pool; more than 1 is a web garden.'),
    idleTimeout: setting(duration({ maxMs: LONGEST_MS }), '20m', 'A worker without work for this long is stopped; 0 = never.'),
    idleTimeoutAction: laterSetting(
      choice('terminate', 'suspend'),
      'terminate',
      'What happens at idleTimeout: the worker ends, and the next request starts one. No worker is suspended, so GL_SUSPEND_PROCESS is never raised.',
    ),
    startupTimeLimit: setting(duration(TIME_LIMIT), '90s', 'From process start to ready; then the worker is killed.'),
    shutdownTimeLimit: setting(duration(TIME_LIMIT), '90s', 'From stop order to exit; then the worker is killed.'),
    pingingEnabled: setting(flag(), true, 'Whether workers are pinged through the path that requests take.'),
    pingInterval: setting(duration(TIME_LIMIT), '30s', 'Time between two pings.'),
    pingResponseTime: setting(duration(TIME_LIMIT), '90s', 'A worker that has not answered by then is replaced.'),
  }),
  recycling: group('When workers are replaced.', {
    disallowOverlappingRotation: setting(
      flag(),
      false,
      'Whether the old worker ends before the new one starts; requests wait meanwhile. For code that cannot run twice.',
    ),
    disallowRotationOnConfigChange: setting(
      flag(),
      false,
      'Whether workers keep what they were started with when the file changes; otherwise they are recycled slot by slot.',
    ),
    logEventOnRecycle: setting(
      describe(z.array(choice(...RECYCLE_REASONS)), { expects: 'a list of recycle reasons' }),
      [...RECYCLE_REASONS],
      `Causes of recycles that are told as events; failed ones and those of other causes always are. Receipts are kept of all. Accepted, not produced yet: ${NOT_PRODUCED.join(', ')}.`,
    ),
    periodicRestart: group(
      'Limits of one worker, 0 = none. In a pool with several slots, workers that reach one are recycled one by one.',
      {
        time: setting(duration({ maxMs: 300 * DAY }), '29h', 'Age since the worker was ready.'),
        requests: setting(integer(0, 4_294_967_295), 0, 'Requests served.'),
        memory: laterSetting(size({ plainNumber: 'KB' }), 0, 'Virtual memory; a number without a unit counts KB, as in IIS.'),
        privateMemory: laterSetting(size({ plainNumber: 'KB' }), 0, 'Private memory; a number without a unit counts KB, as in IIS.'),
        schedule: setting(timesOfDay(), [], 'Local times of day of WAS at which every worker of the pool is recycled.'),
      },
    ),
  }),
  failure: group('What counts as broken.', {
    rapidFailProtection: laterSetting(flag(), true, 'Disable a pool that keeps failing.'),
    rapidFailProtectionInterval: laterSetting(
      duration({ minMs: 1, maxMs: 8_640_000 * SECOND }),
      '5m',
      'Window in which failures are counted.',
    ),
    rapidFailProtectionMaxCrashes: laterSetting(integer(1, 2_147_483_647), 5, 'That many failures in the window disable the pool.'),
    loadBalancerCapabilities: laterSetting(
      choice('httpLevel', 'tcpLevel'),
      'httpLevel',
      'Answer of a disabled pool: 503, or a reset connection.',
    ),
    orphanWorkerProcess: laterSetting(flag(), false, 'Leave an unresponsive worker for a debugger.'),
  }),
  cpu: group("CPU of the pool's workers together.", {
    limit: laterSetting(integer(0, 100_000), 0, 'Thousandths of a percent; 0 = none.'),
    action: laterSetting(choice('noAction', 'killW3wp', 'throttle', 'throttleUnderLoad'), 'noAction', 'What happens at the limit.'),
    resetInterval: laterSetting(duration({ maxMs: DAY }), '5m', 'Measuring window.'),
  }),
  drain: group('Connections that live long, when their worker leaves.', {
    policy: setting(
      choice('wait', 'close', 'stay'),
      'wait',
      'wait: they have until shutdownTimeLimit. close: adapters close them politely after the grace (WebSocket 1012, FIN). stay: they remain with the old generation until maxDrainAge.',
    ),
    grace: setting(
      duration({ maxMs: DAY }),
      '5s',
      'Of close: from the hand-over to the polite close, which comes up to as long again later, at random.',
    ),
    maxDrainAge: setting(duration(TIME_LIMIT), '10m', 'Of stay: from the stop order to the end of the worker.'),
    maxDraining: setting(
      integer(1, 100),
      2,
      'Of stay: generations of a slot that drain at once beside the one that serves; a recycle beyond it waits.',
    ),
  }),
  threadPool: group("Slots of a worker's thread pool, which routines of modules and extensions hold while they run; pings take one too.", {
    maxPoolThreads: setting(
      integer(0, MOST_SLOTS),
      0,
      'Slots at the start; 0 = 4 per processor of the worker host. More than 20 per processor are not advised.',
    ),
    poolThreadLimit: setting(
      integer(0, MOST_SLOTS),
      0,
      'Slots that incrementThreadCount may reach; 0 = 2 per MB of memory, at most 256. One below maxPoolThreads is taken as equal to it.',
    ),
  }),
  environmentVariables: setting(environment(), {}, "Added to the worker's environment."),
});
