import { isAbsolute, resolve, sep } from 'node:path';
import { HostError } from '../errors/host-error.ts';
import type { HttpServer } from '../server/http-server.ts';
import { ModuleContextContainer } from '../server/module-context-container.ts';
import type { WriteLog } from '../server/server-host.ts';
import type { ApplicationFacts, HttpApplication } from './http-application.ts';
import { refuseMember } from './left-out.ts';

/** What an app's requests share, beside its facts. */
export interface ApplicationServices {
  readonly server: HttpServer;
  readonly log: WriteLog;
}

/** The app behind a pipeline; one for all of its requests. `release` at its unload. */
export class ApplicationContext implements HttpApplication {
  readonly facts: ApplicationFacts;
  readonly server: HttpServer;
  readonly log: WriteLog;
  /** Folder its URLs are mapped into, absolute and without a separator at its end. */
  readonly root: string;
  /** "" or "/shop": what its URLs begin with. */
  readonly prefix: string;
  readonly #container: ModuleContextContainer;

  constructor(facts: ApplicationFacts, services: ApplicationServices) {
    if (!isAbsolute(facts.physicalPath))
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        `The folder of the app ${facts.id} has to be an absolute path, not ${JSON.stringify(facts.physicalPath)}. Resolve it first.`,
      );
    this.facts = facts;
    this.server = services.server;
    this.log = services.log;
    this.#container = new ModuleContextContainer(services.log);
    this.root = resolve(facts.physicalPath);
    this.prefix = (facts.virtualPath ?? '/').replace(/\/+$/, '');
  }

  getApplicationId(): string {
    return this.facts.id;
  }
  getApplicationPhysicalPath(): string {
    return this.root.endsWith(sep) ? this.root : this.root + sep;
  }
  getAppConfigPath(): string {
    return this.facts.configPath;
  }
  getModuleContextContainer(): ModuleContextContainer {
    return this.#container;
  }
  beginApplicationWarmup(): never {
    return refuseMember('HttpApplication', 'beginApplicationWarmup');
  }
  endApplicationWarmup(): never {
    return refuseMember('HttpApplication', 'endApplicationWarmup');
  }
  queryIsWarmingUp(): never {
    return refuseMember('HttpApplication', 'queryIsWarmingUp');
  }

  /** What modules keep with the app is told that it ends; never throws. */
  release(): void {
    this.#container.end();
  }
}
