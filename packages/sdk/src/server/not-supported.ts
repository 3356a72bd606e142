import { HostError } from '../errors/host-error.ts';

/** Why a call of IHttpServer is not there, by the method's name: docs/programming-model.md prints these. */
export const NOT_SUPPORTED = {
  getAdminManager:
    'the configuration system is baton.yaml, which workers do not read; `baton apply` changes it, getWorkerProcessSettings tells what this worker runs by',
  getProtocolManagerCustomInterface:
    'protocols are served by listener adapters, which are processes of their own; export handleConnection for their connections',
  getConfigObject: 'there is no metabase; getWorkerProcessSettings tells what this worker runs by',
  getManagedType: 'there are no .NET types in a Node process',
  getToken: 'a worker process has no Windows token; its user is that of the worker host',
  getAppPoolConfigFile: 'a pool has no file of its own; getWorkerProcessSettings tells what it is set to',
  getMetadata: 'there is no metabase; getWorkerProcessSettings tells what this worker runs by',
  getWorkerProcessFramework: 'the framework is Node: import what you need',
  queryRequestProperty: 'properties of HTTP.sys do not exist here; the context of a request has its connection and its trace',
} as const;

/** Throws the documented error of a call that is not there. */
export function refuse(method: keyof typeof NOT_SUPPORTED): never {
  throw new HostError('ERROR_NOT_SUPPORTED', `${method} is not supported: ${NOT_SUPPORTED[method]}`);
}
