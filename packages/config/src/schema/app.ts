import { z } from 'zod';
import { binding } from './binding.ts';
import { describe } from './facts.ts';
import { choice, flag, line, path } from './kinds.ts';
import { limits } from './limits.ts';
import { name } from './names.ts';
import { setting, withoutDefaults } from './setting.ts';

/** One application: code, the pool it runs in, and where it is reached. */
export const app = z.strictObject({
  name: describe(name(), { about: 'Name of the app, unique in the file.' }),
  pool: describe(name(), {
    expects: 'the name of a pool in this file',
    about:
      'Pool that runs it. Apps of one pool share its worker processes: the first in the file is the main module, the others are loaded behind it.',
  }),
  entry: describe(line('the path of a JavaScript file'), {
    about: 'File that is run: a server that calls listen(), or a module that exports a handler.',
  }),
  bindings: describe(z.array(binding()).min(1).max(100), {
    expects: 'a list of 1 to 100 bindings',
    about:
      'Where it is reached: http://HOST:PORT/PATH, https://… (with tls), tcp://HOST:PORT, tls://HOST:PORT, queue://NAME, or what one of listenerAdapters reads. HOST may be *.',
  }),
  enabledProtocols: describe(z.array(line('the name of a protocol', 32)).max(20).optional(), {
    expects: 'a list of protocols such as [http, tcp]',
    about:
      'Protocols that are let through; one that has bindings and is not named is listened on and refused. Left out: all. https belongs to http.',
  }),
  proxyProtocol: setting(
    choice('none', 'v2'),
    'none',
    'v2: connections of tcp and tls bindings begin with a PROXY protocol header (binary form) that names the client; one without it is refused.',
  ),
  limits: describe(withoutDefaults(limits).optional(), { about: 'Limits of this app; what is not named is as in the limits of the file.' }),
  modules: setting(
    describe(z.array(line('the path of a JavaScript file')).max(100), { expects: 'a list of at most 100 paths' }),
    [],
    'Files of the modules around its HTTP requests, in this order; each exports registerModule and is loaded before the entry. See docs/programming-model.md.',
  ),
  preload: setting(
    describe(z.array(path()).max(100), { expects: 'a list of at most 100 paths' }),
    [],
    'Requested by GET, in this order, before a new worker is ready: it gets no request before. A 5xx fails its start.',
  ),
  version: describe(line('text', 128).optional(), {
    about: 'Free text; a change recycles the pool slot by slot, and the new workers run what is on disk then.',
  }),
  replaySafe: setting(
    flag(),
    true,
    'Whether a safe request without a body (GET, HEAD, OPTIONS) whose worker died before it answered a byte is sent once more to another one.',
  ),
});
