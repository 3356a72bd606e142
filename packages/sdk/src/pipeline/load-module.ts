import { HostError } from '../errors/host-error.ts';
import { findHolder } from '../find-holder.ts';
import type { HttpServer } from '../server/http-server.ts';
import type { WriteLog } from '../server/server-host.ts';
import { Registration } from './registration.ts';
import type { RegisterModule } from './registration-info.ts';
import { messageOf } from './reports.ts';
import { unloadModule } from './unload-module.ts';

/** Version of the programming model that modules are told: that of IIS 10, major in the upper 16 bits. */
export const SERVER_VERSION = 0x000a_0000;

/**
 * Lets a module register itself.
 *
 * - `exported`: what its file exports, `registerModule` by its name or within the default export.
 * - Throws ERROR_NOT_FOUND without one, and E_FAIL with the module's name when it throws or rejects. What it has subscribed by then is unloaded.
 */
export async function loadModule(name: string, exported: unknown, server: HttpServer, log: WriteLog): Promise<Registration> {
  const holder = findHolder<{ registerModule: RegisterModule }>(exported, 'registerModule');
  if (!holder)
    throw new HostError(
      'ERROR_NOT_FOUND',
      `Module "${name}" exports no function registerModule(version, info, server). Export one, by that name.`,
    );
  const registration = new Registration(name);
  try {
    await holder.registerModule(SERVER_VERSION, registration, server);
  } catch (error) {
    await unloadModule(registration, log);
    throw new HostError('E_FAIL', `Module "${name}" refuses to be loaded: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    registration.close();
  }
  return registration;
}
