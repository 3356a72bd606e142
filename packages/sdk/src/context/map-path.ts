import { join, sep } from 'node:path';
import { RQ_MAP_PATH } from '../constants/request-notifications.ts';
import { HostError } from '../errors/host-error.ts';
import type { ApplicationContext } from './application-context.ts';
import type { ContextRun } from './context-run.ts';
import type { MapPathProvider } from './providers.ts';
import { raiseAtOnce } from './raise-at-once.ts';
import { pathOf } from './url.ts';

/** The file of a URL, after the modules of RQ_MAP_PATH have seen it (IHttpContext::MapPath). */
export function mapUrl(run: ContextRun, url: string): string {
  const physicalPath = toPhysicalPath(run.application, url);
  if (!run.isSubscribed(RQ_MAP_PATH)) return physicalPath;
  const provider = new MappedPath(url, physicalPath);
  raiseAtOnce(run, RQ_MAP_PATH, provider, `RQ_MAP_PATH for ${url}`);
  return provider.getPhysicalPath();
}

/**
 * The file of a URL below the app's folder.
 *
 * - Throws ERROR_ACCESS_DENIED for a path that leaves the folder or the app, ERROR_INVALID_NAME for one that is no path.
 * - Names only: what a link inside the folder points to is for who opens it.
 */
export function toPhysicalPath(application: ApplicationContext, url: string): string {
  const path = pathOf(url);
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch (cause) {
    throw new HostError('ERROR_INVALID_NAME', `The path ${JSON.stringify(path)} is not percent-encoded UTF-8, so it names no file.`, {
      cause,
    });
  }
  if (decoded.includes('\0'))
    throw new HostError('ERROR_INVALID_NAME', `The path ${JSON.stringify(path)} holds a NUL, which no file name may.`);
  const { prefix, root } = application;
  const below = withoutPrefix(decoded, prefix);
  if (below === undefined || below.split(/[/\\]/).includes('..'))
    throw new HostError(
      'ERROR_ACCESS_DENIED',
      `The path ${JSON.stringify(path)} leads out of the app, whose URLs are those below ${prefix || '/'} and whose files are those below its folder.`,
    );
  return below === '' ? root + sep : join(root, below);
}

function withoutPrefix(path: string, prefix: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined;
  const below = path.slice(prefix.length);
  return below === '' || below.startsWith('/') || prefix === '' ? below : undefined;
}

class MappedPath implements MapPathProvider {
  readonly #url: string;
  #physicalPath: string;

  constructor(url: string, physicalPath: string) {
    this.#url = url;
    this.#physicalPath = physicalPath;
  }

  getUrl(): string {
    return this.#url;
  }
  getPhysicalPath(): string {
    return this.#physicalPath;
  }
  setPhysicalPath(path: string): void {
    this.#physicalPath = path;
  }
}
