import { POOL, refuse } from './testing/bad-input.ts';

refuse([
  {
    title: 'a worker that is to be suspended when it is idle',
    yaml: `${POOL}    processModel: { idleTimeoutAction: suspend }\n`,
    line: 4,
    key: 'pools[0].processModel.idleTimeoutAction',
    says: /not supported yet, got "suspend"; leave it at its default, "terminate"/,
    code: 'NOT_SUPPORTED_YET',
  },
]);
