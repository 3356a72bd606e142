import { BatonError } from '@baton/core';
import type { Assign, Awaiting, Failed } from '../../messages.ts';
import { ListenCapture } from '../listen/capture-listen.ts';
import type { LazyModel } from '../model/model.ts';
import type { Closing } from '../service/service.ts';
import type { Services } from '../service/services.ts';
import type { Tally } from '../service/tally.ts';
import { AppNames } from './app-names.ts';
import { setPort } from './enter-app.ts';
import { HostedApp } from './hosted-app.ts';
import { Reloads } from './reloads.ts';
import { runFurther, runMain } from './run-main.ts';

export interface AppsParts {
  readonly assign: Assign;
  /** Files of the entries, in order. */
  readonly entries: readonly string[];
  readonly services: Services;
  readonly tally: Tally;
  readonly model: LazyModel;
  /** The app whose entry runs from here on; not told where there is but one. */
  onEntering(appKey: string): void;
  /** Each of them takes what it has bindings for. */
  onBound(): void;
  /** A module is being loaded, or they have run and some do not take yet what they have bindings for; one line for an operator, '' = no more. */
  onAwaiting(what: string, code: Awaiting['code']): void;
  onClosed(): Closing;
  onFailed(code: Failed['code'], message: string): void;
  onExtra(wanted: string, actual: string): void;
  isWanted(): boolean;
  /** True: a module may wait for something before there is an app, and the process must not end meanwhile. */
  keepAlive(isKept: boolean): void;
}

/** Most apps are bound by then; for one that is not, its host hears what it waits for, ms. */
const TELL_AWAITED_MS = 500;

/** The applications of the process. */
export class Apps {
  /** The module that is being loaded, for an operator; '' = none. */
  loading = '';
  readonly #parts: AppsParts;
  readonly #apps: HostedApp[];
  readonly #names: AppNames<HostedApp>;
  readonly #reloads: Reloads;

  constructor(parts: AppsParts) {
    this.#parts = parts;
    const { assign, services, tally, model } = parts;
    const hosted = {
      services,
      tally,
      model,
      onReady: () => {
        if (!this.#apps.every(({ isReady }) => isReady)) return;
        parts.onBound();
        // Behind what the entry still does in this turn: its listen() has not returned.
        setImmediate(() => this.#reloads.open());
      },
      onClosed: () => parts.onClosed(),
      onFailed: (code: Failed['code'], message: string) => parts.onFailed(code, message),
    };
    this.#apps = assign.apps.map((app) => new HostedApp(app, hosted));
    this.#names = new AppNames(this.#apps);
    this.#reloads = new Reloads({
      apps: this.#apps,
      names: this.#names,
      pool: assign.pool,
      limitMs: assign.startupTimeLimitMs,
      hosted,
      isWanted: () => parts.isWanted(),
    });
  }

  /** Loads them one after the other, each behind its modules, the first as the process's main module. */
  async start(): Promise<void> {
    const { entries, onExtra, onEntering, isWanted } = this.#parts;
    new ListenCapture({ apps: this.#apps, current: () => this.#names.current, onExtra }).install();
    for (const [index, app] of [...this.#apps].entries()) {
      if (this.#apps.length > 1) onEntering(app.assigned.appKey);
      if (app.assigned.modules.length > 0) await this.#loadModules(app);
      if (!isWanted()) return;
      setPort(app.assigned);
      const entry = entries[index] as string;
      const exported = await this.#names.run(app, () => (index === 0 ? runMain(entry) : runFurther(entry)));
      app.loaded(exported, (act) => this.#names.run(app, act));
    }
    setTimeout(() => this.#tellAwaited(), TELL_AWAITED_MS).unref();
  }

  #tellAwaited(): void {
    const waiting = this.#apps.filter(({ isReady }) => !isReady);
    if (waiting.length > 0) this.#parts.onAwaiting(waiting.map(({ awaits }) => awaits).join('; '), 'APP_DID_NOT_LISTEN');
  }

  async #loadModules(app: HostedApp): Promise<void> {
    const model = this.#parts.model.get().of(app.assigned);
    this.#parts.keepAlive(true);
    try {
      await this.#names.run(app, () => model.loadModules((module) => this.#load(module)));
      this.#load('');
      this.#parts.keepAlive(false);
    } catch (error) {
      // those that were loaded before it, also of other apps
      await this.#parts.model.get().end();
      this.#parts.onFailed('MODULE_FAILED', BatonError.from(error).message);
    }
  }

  #load(module: string): void {
    this.loading = module;
    this.#parts.onAwaiting(module && `${module} had not been registered`, 'MODULE_FAILED');
  }

  /** Loads one of them anew in place; false: there is none of that name. */
  reload(keyOrPath: string): boolean {
    return this.#reloads.ask(keyOrPath);
  }

  /** The process ends: their extensions are unloaded. */
  async terminate(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.terminate()));
  }
}
