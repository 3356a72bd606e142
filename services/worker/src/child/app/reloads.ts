import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatonError, defer } from '@baton/core';
import type { AssignedApp } from '../../messages.ts';
import { describeError } from '../describe-error.ts';
import { preload } from '../http/preload.ts';
import { packageDirectory } from '../package-directory.ts';
import { Services } from '../service/services.ts';
import type { AppNames } from './app-names.ts';
import { setPort } from './enter-app.ts';
import { FreshGraph } from './fresh-graph.ts';
import { HostedApp, type HostedAppParts } from './hosted-app.ts';

export interface ReloadsParts {
  /** Those that serve; a reload puts the new instance in the place of the old one. */
  readonly apps: HostedApp[];
  readonly names: AppNames<HostedApp>;
  readonly pool: string;
  /** Time in which the new instance has to be ready, ms. */
  readonly limitMs: number;
  /** Of the apps; `services` takes the requests of the process. */
  readonly hosted: HostedAppParts;
  /** The process does not leave. */
  isWanted(): boolean;
}

/**
 * Reloads single applications of the process in place (IHttpServer::RecycleApplication).
 *
 * - The new instance is loaded and preloaded beside the old one, then takes the bindings in one step; what is in flight ends in the old one.
 * - One that fails leaves the old one serving and is told in the log.
 * - A wish for an app that is being reloaded is one more reload behind it, however often it is said; one from before the apps are ready waits until
 *   they are.
 */
export class Reloads {
  readonly #parts: ReloadsParts;
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  /** Wished for before the apps were ready; undefined since they are. */
  #early: Set<string> | undefined = new Set();
  #count = 0;

  constructor(parts: ReloadsParts) {
    this.#parts = parts;
  }

  /** By the app's key, "pool/key", its entry, or its folder. False: there is none. */
  ask(keyOrPath: string): boolean {
    const { apps, pool } = this.#parts;
    const path = resolve(keyOrPath);
    const app = apps.find(({ assigned: { appKey, entry } }) => {
      const names = [appKey, `${pool}/${appKey}`];
      return names.includes(keyOrPath) || path === entry || path === packageDirectory(entry);
    });
    if (!app) return false;
    const { appKey } = app.assigned;
    if (this.#early) this.#early.add(appKey);
    else if (this.#running.has(appKey)) this.#again.add(appKey);
    else void this.#run(appKey);
    return true;
  }

  /** The apps are ready for the first time: what was wished for meanwhile is done now. */
  open(): void {
    const early = this.#early;
    this.#early = undefined;
    for (const appKey of early ?? []) void this.#run(appKey);
  }

  async #run(appKey: string): Promise<void> {
    this.#running.add(appKey);
    do {
      this.#again.delete(appKey);
      if (this.#parts.isWanted()) await this.#reload(appKey);
    } while (this.#again.has(appKey));
    this.#running.delete(appKey);
  }

  async #reload(appKey: string): Promise<void> {
    const { apps, names, hosted, limitMs } = this.#parts;
    const index = apps.findIndex(({ assigned }) => assigned.appKey === appKey);
    const before = apps[index] as HostedApp;
    const { assigned } = before;
    const { log } = hosted.model.get();
    const beganAtMs = performance.now();
    const ready = defer();
    const staged = new Services();
    const after = new HostedApp(assigned, {
      ...hosted,
      services: staged,
      onReady: ready.resolve,
      onFailed: (code, message) => ready.reject(new BatonError(code, message)),
    });
    ready.promise.catch(() => {});
    const graph = new FreshGraph(assigned.entry, packageDirectory(assigned.entry), ++this.#count);
    const late = new AbortController();
    const limit = sleep(limitMs, undefined, { signal: late.signal, ref: false }).then(() => {
      throw new BatonError('APP_DID_NOT_LISTEN', `${after.awaits} within startupTimeLimit (${limitMs} ms)`);
    });
    limit.catch(() => {});
    try {
      names.replace(before, after);
      setPort(assigned);
      const load = async (): Promise<void> => {
        const exported = await names.run(after, () => graph.load());
        after.loaded(exported, (act) => names.run(after, act));
        await ready.promise;
        if (assigned.preload.length > 0) await this.#preload(assigned, staged);
      };
      await Promise.race([load(), limit]);
      if (!this.#parts.isWanted()) throw new BatonError('APP_EXITED', 'the worker leaves');
      hosted.services.adopt(appKey, staged);
      apps[index] = after;
      graph.done();
      hosted.model.get().of(assigned).stop();
      before.replace();
      log('info', `Application ${appKey} was loaded anew.`, { application: appKey, ms: Math.round(performance.now() - beganAtMs) });
    } catch (error) {
      names.replace(after, before);
      graph.undo();
      after.replace();
      log('error', `Application ${appKey} was not loaded anew, and the instance before serves on: ${describeError(error)}`, {
        application: appKey,
      });
    } finally {
      late.abort();
    }
  }

  async #preload(app: AssignedApp, staged: Services): Promise<void> {
    this.#parts.hosted.model.get().of(app).preloads();
    const isWanted = () => this.#parts.isWanted();
    await preload([app], { handle: (stream) => staged.handle(stream), isWanted, onPath: () => {} });
  }
}
