import { findHost } from '../baton-host.ts';
import { GL_NOTIFICATION_CONTINUE } from '../constants/global-notifications.ts';
import { HostError } from '../errors/host-error.ts';
import type { LogLevel, ServerHost } from './server-host.ts';
import type { WorkerProcessSettings } from './worker-process-settings.ts';

const NO_POOL: WorkerProcessSettings = Object.freeze({
  applicationPool: '',
  workerId: '',
  slot: '',
  generation: 0,
  maxProcesses: 1,
  idleTimeoutMs: 0,
  startupTimeLimitMs: 0,
  shutdownTimeLimitMs: 0,
  pingIntervalMs: 0,
  pingResponseTimeMs: 0,
});

/** Without Baton: nothing is recycled, nobody pings, nobody hears. Under a release of Baton that is older, its recycleProcess still is there. */
export const NO_HOST: ServerHost = {
  get worker() {
    return findHost()?.worker ?? { id: '', pool: '', slot: '', generation: 0 };
  },
  isCommandLine: true,
  settings: NO_POOL,
  recycleProcess: (reason) => findHost()?.recycleProcess(reason),
  recycleApplication: (appKeyOrPath) => {
    throw new HostError(
      'ERROR_PATH_NOT_FOUND',
      `There is no application "${appKeyOrPath}": this process was started without Baton. Host the app with \`baton up\` to reload it`,
    );
  },
  reportUnhealthy: () => {},
  log: (level: LogLevel, message: string) => {
    if (level !== 'info') process.emitWarning(message, 'BatonSdkWarning');
  },
  raiseGlobal: () => GL_NOTIFICATION_CONTINUE,
};
