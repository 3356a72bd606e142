import { BatonError, CODES, type CodeEntry } from '@baton/core';
import { create, listener, rpc, toBinary } from '@baton/proto';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';

/**
 * The gRPC error of a BatonError: its code, "CODE: message" as text, and the HRESULT name in google.rpc.Status details
 * where the listener adapter API has one.
 */
export function callError(error: unknown, code?: status): Partial<ServiceError> {
  const known = BatonError.from(error);
  const entry: CodeEntry = CODES[known.code];
  const grpc = code ?? status[(entry.grpc ?? 'INTERNAL') as keyof typeof status] ?? status.INTERNAL;
  const metadata = new Metadata();
  const message = `${known.code}: ${known.message}`;
  metadata.set('baton-code', known.code);
  if (entry.hresult) {
    const value = toBinary(listener.HResultSchema, create(listener.HResultSchema, { name: entry.hresult }));
    const detail = { typeUrl: 'type.googleapis.com/baton.listener.v1.HResult', value };
    const full = create(rpc.StatusSchema, { code: grpc, message, details: [detail] });
    metadata.set('grpc-status-details-bin', Buffer.from(toBinary(rpc.StatusSchema, full)));
  }
  return { code: grpc, details: message, metadata };
}
