import { realpathSync } from 'node:fs';
import { Module, registerHooks } from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Names the reload that a module of the app was loaded for, in its URL. */
const MARK = 'baton-reload';

/** Node's table of CommonJS modules, and the way to load one as the main module. */
interface CommonJs {
  readonly _cache: Record<string, NodeJS.Module | undefined>;
  _load(file: string, parent: null, isMain: boolean): unknown;
}
const commonJs = Module as unknown as CommonJs;

/** The folder of each reload, by its mark. */
const folders = new Map<string, string>();

/**
 * The modules of an app once more, beside those that run (IHttpServer::RecycleApplication).
 *
 * - The app's own files: those of `folder`, outside node_modules. Packages are shared with the instance before.
 * - ES modules get a URL of their own for each reload, which what they import inherits. CommonJS modules leave Node's table.
 * - What is left of the old graph: Node keeps ES modules for as long as the process lives.
 */
export class FreshGraph {
  readonly #file: string;
  readonly #folder: string;
  readonly #mark: string;
  #removed: Record<string, NodeJS.Module | undefined> = {};

  constructor(entry: string, folder: string, number: number) {
    this.#file = realpathSync(entry);
    this.#folder = realpathSync(folder) + sep;
    this.#mark = String(number);
  }

  /** What the entry exports. Throws what it throws. */
  async load(): Promise<unknown> {
    const before = commonJs._cache[this.#file];
    for (const [file, module] of Object.entries(commonJs._cache)) {
      if (!this.#isOwn(file)) continue;
      this.#removed[file] = module;
      delete commonJs._cache[file];
    }
    if (before) return commonJs._load(this.#file, null, before.id === '.');
    if (folders.size === 0) registerHooks({ resolve });
    folders.set(this.#mark, this.#folder);
    const url = pathToFileURL(this.#file);
    url.searchParams.set(MARK, this.#mark);
    return await import(url.href);
  }

  /** The reload has failed: what the running instance still requires is what it had. */
  undo(): void {
    for (const file of Object.keys(commonJs._cache)) if (this.#isOwn(file)) delete commonJs._cache[file];
    Object.assign(commonJs._cache, this.#removed);
    this.#removed = {};
  }

  /** The reload has succeeded: nothing of what was is kept here. */
  done(): void {
    this.#removed = {};
  }

  #isOwn(file: string): boolean {
    return file.startsWith(this.#folder) && !file.slice(this.#folder.length).split(sep).includes('node_modules');
  }
}

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>;

/** What a module of a reload imports of its folder belongs to the same reload. */
const resolve: Resolve = (specifier, context, next) => {
  const found = next(specifier, context);
  const mark = markOf(context.parentURL);
  const folder = mark === undefined ? undefined : folders.get(mark);
  if (folder === undefined || context.conditions.includes('require') || !found.url.startsWith('file:')) return found;
  const url = new URL(found.url);
  const home = pathToFileURL(folder).pathname;
  if (!url.pathname.startsWith(home) || url.pathname.slice(home.length).split('/').includes('node_modules')) return found;
  url.searchParams.set(MARK, mark as string);
  return { ...found, url: url.href };
};

function markOf(url: string | undefined): string | undefined {
  if (!url?.includes(`${MARK}=`)) return undefined;
  return new URL(url).searchParams.get(MARK) ?? undefined;
}
