import type { ModuleContextContainer } from '../server/module-context-container.ts';

/** What the host says of an app. */
export interface ApplicationFacts {
  /** Its key in the configuration: "shop". */
  readonly id: string;
  /** Folder its URLs are mapped into, absolute. */
  readonly physicalPath: string;
  /** Where its configuration stands: "apps/shop". */
  readonly configPath: string;
  /** Path of its URLs: "/" or "/shop". @default '/' */
  readonly virtualPath?: string;
  /** Name of its site, or of what serves as one. @default '' */
  readonly site?: string;
  /** Name of its application pool. @default '' */
  readonly pool?: string;
}

/** The app a request is for (IHttpApplication). Left out: warm-up (IHttpApplication2), which a preload is here. */
export interface HttpApplication {
  /** IHttpApplication::GetApplicationId. */
  getApplicationId(): string;
  /** IHttpApplication::GetApplicationPhysicalPath: with a separator at its end. */
  getApplicationPhysicalPath(): string;
  /** IHttpApplication::GetAppConfigPath. */
  getAppConfigPath(): string;
  /** IHttpApplication::GetModuleContextContainer. Cleaned up when the app is unloaded. */
  getModuleContextContainer(): ModuleContextContainer;

  /** Left out: throws ERROR_NOT_SUPPORTED. */
  beginApplicationWarmup(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  endApplicationWarmup(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  queryIsWarmingUp(): never;
}
