import type { RequestListener } from 'node:http';
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BatonError } from '@baton/core';
import {
  type ApplicationProvider,
  GL_APPLICATION_PRELOAD,
  GL_APPLICATION_START,
  GL_APPLICATION_STOP,
  HSE_TERM_MUST_UNLOAD,
  type PreloadProvider,
} from '@baton/sdk';
import type { ApplicationFacts, ExtensionHost, HostedServer, Pipeline, ThreadPool, WriteLog } from '@baton/sdk/host';
import type { ExtensionFigures } from '../../figures.ts';
import type { Assign, AssignedApp } from '../../messages.ts';
import { describeError } from '../describe-error.ts';
import type { HttpServer } from '../http/node-internals.ts';
import { packageDirectory } from '../package-directory.ts';
import { AppDelivery } from './app-delivery.ts';
import type { Sdk } from './sdk.ts';

/** What the applications of a process share. */
export interface SharedModel {
  readonly sdk: Sdk;
  readonly server: HostedServer;
  readonly pool: ThreadPool;
  readonly log: WriteLog;
  /** No request is left in the modules of an application, or in its extension. */
  onEmpty(): void;
}

/** An extension at work. */
export interface LoadedExtension {
  readonly handle: RequestListener;
  /** Settles when each of its requests has wholly ended: an extension may owe a session behind its client's end. */
  idle(): Promise<void>;
  /** TerminateExtension; never throws. */
  terminate(): Promise<void>;
}

/** The modules and the extension of one application. */
export class AppModel {
  readonly pipeline: Pipeline;
  readonly #app: AssignedApp;
  readonly #shared: SharedModel;
  readonly #provider: ApplicationProvider;
  readonly #isReplacement: boolean;
  /** Those that are loaded: two while one takes over from another. */
  readonly #extensions = new Set<ExtensionHost>();
  /** Sessions that the host has ended in extensions that are unloaded. */
  #abandonedBefore = 0;
  #isStarted = false;

  /** `pool`: the name of its application pool; `role`: "activation", or the process takes over from another one. */
  constructor(app: AssignedApp, shared: SharedModel, { pool: poolName, role }: Pick<Assign, 'pool' | 'role'>) {
    this.#app = app;
    this.#shared = shared;
    const facts: ApplicationFacts = {
      id: app.appKey,
      configPath: `${poolName}/${app.appKey}`,
      physicalPath: packageDirectory(app.entry),
      site: app.appKey,
      pool: poolName,
    };
    const { sdk, server, pool, log, onEmpty } = shared;
    this.pipeline = new sdk.Pipeline({ server, pool, app: facts, log, onEmpty });
    this.#provider = { getApplication: () => this.pipeline.application };
    this.#isReplacement = role !== 'activation';
  }

  /** Loads its modules, in order; `onLoading` is told which. Throws MODULE_FAILED with the name of the one that cannot be loaded. */
  async loadModules(onLoading: (module: string) => void): Promise<void> {
    for (const file of this.#app.modules) {
      const name = moduleName(file);
      const module = `module ${name} (${file}) of application ${this.#app.appKey}`;
      onLoading(module);
      try {
        await this.pipeline.register(name, await import(pathToFileURL(file).href));
      } catch (error) {
        throw new BatonError('MODULE_FAILED', `${module} was not loaded: ${describeError(error)}`, { cause: error });
      }
    }
  }

  /** What gives the requests of a server to the app through its modules; undefined: they go to it as they are. An extension's need a context. */
  deliveryTo(server: HttpServer, isExtension: boolean): AppDelivery | undefined {
    if (this.pipeline.isEmpty && !isExtension) return undefined;
    return new AppDelivery(server, this.pipeline);
  }

  /** Loads what the app exports as an extension. Throws EXTENSION_FAILED when it refuses. */
  async loadExtension(exported: unknown): Promise<LoadedExtension> {
    const { sdk, server, pool, log, onEmpty } = this.#shared;
    const services = { ...sdk.extensionServices({ server, pool, log, application: this.pipeline.application }), onIdle: onEmpty };
    const { appKey } = this.#app;
    try {
      const extension = new sdk.ExtensionHost(exported, services);
      await extension.load();
      this.#extensions.add(extension);
      const terminate = async (): Promise<void> => {
        try {
          await extension.terminate(HSE_TERM_MUST_UNLOAD);
        } catch (error) {
          log('error', `The extension of application ${appKey} failed in terminateExtension.`, { error });
        }
        if (this.#extensions.delete(extension)) this.#abandonedBefore += extension.stats.abandoned;
      };
      return { handle: extension.handle, idle: () => extension.idle(), terminate };
    } catch (error) {
      const message = `the extension of application ${appKey} was not loaded: ${describeError(error)}`;
      throw new BatonError('EXTENSION_FAILED', message, { cause: error });
    }
  }

  /** Requests that its modules have in hand, or its extension: also those whose client has its answer, or has left. */
  get inHand(): number {
    let sessions = 0;
    for (const { stats } of this.#extensions) sessions += stats.inUse;
    // Most are in both.
    return Math.max(this.pipeline.current.size, sessions);
  }

  /** Undefined: it has no extension. */
  get extensionFigures(): ExtensionFigures | undefined {
    if (this.#extensions.size === 0) return undefined;
    let owed = 0;
    let abandoned = this.#abandonedBefore;
    for (const { stats } of this.#extensions) {
      owed += stats.owed;
      abandoned += stats.abandoned;
    }
    return { owed, abandoned };
  }

  /** GL_APPLICATION_START, before the first request. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.pipeline.raiseGlobal(GL_APPLICATION_START, this.#provider);
  }

  /** Its preload begins. */
  preloads(): void {
    const provider: PreloadProvider = { ...this.#provider, isProcessRecycled: () => this.#isReplacement };
    this.pipeline.raiseGlobal(GL_APPLICATION_PRELOAD, provider);
  }

  /** GL_APPLICATION_STOP: its last instance takes no more requests. The modules stay. */
  stop(): void {
    if (!this.#isStarted) return;
    this.#isStarted = false;
    this.pipeline.raiseGlobal(GL_APPLICATION_STOP, this.#provider);
  }

  /** The process ends: its modules are unloaded. */
  end(): Promise<void> {
    this.stop();
    return this.pipeline.terminate();
  }
}

/** "audit" of "/srv/modules/audit.js": what lists, lines of the log and statistics call it. */
function moduleName(file: string): string {
  return basename(file, extname(file));
}
