/** What tests of adapters are made of. For tests only. */
export { FakeRequest } from './fake-request.ts';
export { FakeSession, FakeStream } from './fake-session.ts';
export { createPlace, type PlaceWishes } from './place.ts';
export { connectWorker } from './real-worker.ts';
export {
  allStopped,
  applicationCreated,
  applicationDeleted,
  appPoolChanged,
  bindingsChanged,
  canOpenNew,
  handover,
  identityChanged,
  instanceGone,
  poolCreated,
  poolDeleted,
  poolStateChanged,
  recycleReportReceived,
  requestsBlocked,
  ScriptedWas,
  settingsOfListeners,
} from './scripted-was.ts';
export { StagedWorker } from './staged-worker.ts';
