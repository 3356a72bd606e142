/** Runs modules, extensions and apps in a test, without a cluster. */
export { startTestHost } from './start-test-host.ts';
export type { Ping, TestApp, TestHost, TestHostOptions, TestLogLine } from './test-host-types.ts';
