/** What tests of adapters are made of. For tests only. */
export { FakeRequest } from './fake-request.ts';
export { FakeSession, FakeStream } from './fake-session.ts';
export { createPlace, type PlaceWishes } from './place.ts';
export { connectWorker } from './real-worker.ts';
export {
  applicationCreated,
  canOpenNew,
  handover,
  instanceGone,
  poolCreated,
  recycleReportReceived,
  ScriptedWas,
} from './scripted-was.ts';
export { StagedWorker } from './staged-worker.ts';
