import { BatonError } from '@baton/core';
import { type Registration, registrationKey } from '../../cluster/registration.ts';
import type { Engine } from '../../reconcile/engine.ts';

/** The protocol that the adapter has registered. Throws INVALID_ARGUMENT, NOT_REGISTERED. */
export function findRegistration({ cluster }: Pick<Engine, 'cluster'>, adapterId: string, protocolId: string): Registration {
  if (adapterId === '' || protocolId === '') throw new BatonError('INVALID_ARGUMENT', 'adapter_id and protocol_id are required');
  const registration = cluster.registrations.get(registrationKey(adapterId, protocolId));
  if (registration) return registration;
  throw new BatonError('NOT_REGISTERED', `adapter ${adapterId} has not registered protocol ${protocolId}`);
}

/** As above, and its stream is up. Throws NOT_CONNECTED too. */
export function checkRegistered(engine: Pick<Engine, 'cluster'>, adapterId: string, protocolId: string): Registration {
  const registration = findRegistration(engine, adapterId, protocolId);
  if (registration.isAttached) return registration;
  throw new BatonError('NOT_CONNECTED', `adapter ${adapterId} has no RegisterProtocol stream for protocol ${protocolId}`);
}
