import type { IncomingMessage, ServerResponse } from 'node:http';
import { HSE_TERM_ADVISORY_UNLOAD, HSE_TERM_MUST_UNLOAD, HSE_VERSION } from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import { findHolder } from '../find-holder.ts';
import { BlockPool } from './block-pool.ts';
import type { ControlBlock } from './control-block.ts';
import type { Extension, ExtensionVersion } from './extension.ts';
import type { ExtensionServices } from './extension-services.ts';
import { ControlBlockHandle } from './handle.ts';
import { TransferBuffers } from './transfer-buffers.ts';

export interface ExtensionStats {
  /** Requests that have not wholly ended. */
  readonly inUse: number;
  /** Control blocks that wait for the next request. */
  readonly free: number;
  /** Of those in use the ones whose request has ended for its client, and whose session the extension still owes. */
  readonly owed: number;
  /** Sessions that the host has ended, because the extension did not. */
  readonly abandoned: number;
}

/** Requests of all extensions of this process get their numbers here. */
let lastConnId = 0;

/**
 * Serves an ISAPI extension: `handle` is a listener of 'request' like any app's, so that modules stand around it as around any app.
 *
 * - `httpExtensionProc` is entered in the event loop, without a slot of the thread pool; completion routines run in slots.
 */
export class ExtensionHost {
  readonly #extension: Extension;
  readonly #services: ExtensionServices;
  readonly #proc: Extension['httpExtensionProc'];
  #blocks: BlockPool | undefined;
  #name = 'extension';
  #isTerminated = false;
  readonly #waiting: (() => void)[] = [];

  /** Throws ERROR_INVALID_PARAMETER when `exported` has no httpExtensionProc. */
  constructor(exported: unknown, services: ExtensionServices) {
    const extension = findHolder<Extension>(exported, 'httpExtensionProc');
    if (!extension) {
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        'expected a module that exports httpExtensionProc(ecb): add it, or host the module as an app',
      );
    }
    this.#extension = extension;
    this.#services = services;
    this.#proc = extension.httpExtensionProc.bind(extension);
  }

  /** What it calls itself, once it is loaded. */
  get name(): string {
    return this.#name;
  }

  /** Control blocks, and the sessions behind them. */
  get stats(): ExtensionStats {
    const { inUse = 0, free = 0, owed = 0, abandoned = 0 } = this.#blocks ?? {};
    return { inUse, free, owed, abandoned };
  }

  /** Settles when no request is here: each has wholly ended, its session included. */
  idle(): Promise<void> {
    if (!this.#blocks?.inUse) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #onIdle = (): void => {
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#services.onIdle?.();
  };

  /** Asks getExtensionVersion, once. Throws ERROR_PROCESS_ABORTED when it answers false; what it throws aborts the load too. */
  async load(): Promise<void> {
    if (this.#blocks) throw new HostError('ERROR_ALREADY_EXISTS', 'the extension is loaded: one host loads it once');
    const version: ExtensionVersion = { extensionVersion: HSE_VERSION, extensionDescription: 'extension' };
    const isAgreed = (await this.#extension.getExtensionVersion?.(version)) ?? true;
    if (isAgreed === false) {
      throw new HostError(
        'ERROR_PROCESS_ABORTED',
        `getExtensionVersion of ${version.extensionDescription} returned false: it does not want to be loaded`,
      );
    }
    this.#name = String(version.extensionDescription);
    this.#blocks = new BlockPool({ name: this.#name, services: this.#services, buffers: new TransferBuffers() }, this.#onIdle);
  }

  /** Serves one request. 503 while the extension is not loaded. */
  readonly handle = (req: IncomingMessage, res: ServerResponse): void => {
    if (!this.#blocks || this.#isTerminated) {
      res.writeHead(503, { 'Content-Length': 0 }).end();
      return;
    }
    const block = this.#blocks.take();
    const connId = ++lastConnId;
    block.open(connId, req, res);
    block.input.open(req, () => this.#enter(block, connId));
  };

  #enter(block: ControlBlock, connId: number): void {
    block.data = block.input.takePreloaded();
    block.enter(new ControlBlockHandle(block, connId), this.#proc);
  }

  /**
   * Tells the extension that it is to be unloaded, once; false: it refuses, as it may HSE_TERM_ADVISORY_UNLOAD. Requests that are here go on.
   *
   * - A throw is told in the log; to HSE_TERM_ADVISORY_UNLOAD it is a refusal.
   */
  async terminate(flags: number): Promise<boolean> {
    if (flags !== HSE_TERM_ADVISORY_UNLOAD && flags !== HSE_TERM_MUST_UNLOAD) {
      throw new HostError('ERROR_INVALID_PARAMETER', `expected HSE_TERM_ADVISORY_UNLOAD or HSE_TERM_MUST_UNLOAD, got ${String(flags)}`);
    }
    if (this.#isTerminated || !this.#blocks) return true;
    let isAgreed = true;
    try {
      isAgreed = (await this.#extension.terminateExtension?.(flags)) !== false;
    } catch (error) {
      isAgreed = false;
      this.#services.log('error', `${this.#name}: terminateExtension failed`, {
        error: error instanceof Error ? error.stack : String(error),
      });
    }
    this.#isTerminated = isAgreed || flags === HSE_TERM_MUST_UNLOAD;
    return this.#isTerminated;
  }
}
