import type { ExtensionStatus } from '../constants/isapi.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';

/** What getExtensionVersion fills in (HSE_VERSION_INFO). */
export interface ExtensionVersion {
  /** The interface version it was written for, HSE_VERSION; filled in with that of the host. */
  extensionVersion: number;
  /** What it calls itself, in lines of the log and in names of the thread pool's work. */
  extensionDescription: string;
}

/**
 * An ISAPI extension: what a module exports to answer requests with an extension control block.
 *
 * - `getExtensionVersion` runs once after the load; false, or a throw, aborts the load.
 * - `httpExtensionProc` runs for each request and returns HSE_STATUS_*. A promise of it is HSE_STATUS_PENDING until it settles, without a slot of the
 *   thread pool; what it settles to then counts, HSE_STATUS_PENDING included.
 * - `terminateExtension` runs once before the unload; to HSE_TERM_ADVISORY_UNLOAD it may refuse by false.
 */
export interface Extension {
  getExtensionVersion?(version: ExtensionVersion): boolean | Promise<boolean>;
  httpExtensionProc(ecb: ExtensionControlBlock): ExtensionStatus | Promise<ExtensionStatus>;
  terminateExtension?(flags: number): boolean | undefined | Promise<boolean | undefined>;
}
