export { readWasConfig, type WasConfig } from './config.ts';
export { openWas, type Was, type WasOptions } from './service.ts';
export { printLifecycle } from './worker/lifecycle-page.ts';
