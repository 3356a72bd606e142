/** Runs modules, extensions and apps in a test, without a cluster. */
export { HostError } from '../errors/host-error.ts';
