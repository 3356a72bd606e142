import { createHash, timingSafeEqual } from 'node:crypto';
import { BatonError } from '@baton/core';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { callError } from './errors.ts';

/** Compares two secrets in a time that says nothing about where they differ. */
export function isSameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return wanted !== '' && timingSafeEqual(digest(given), digest(wanted));
}

/** The token of an "Authorization: Bearer …" value; '' when there is none. */
export function bearerOf(value: string | undefined): string {
  return /^Bearer\s+(\S+)$/i.exec(value ?? '')?.[1] ?? '';
}

/** The error a call without the right secret ends with; undefined when it has it. */
export function refuseStranger(metadata: Metadata, secret: string): Partial<ServiceError> | undefined {
  const given = bearerOf(metadata.get('authorization')[0]?.toString());
  if (isSameSecret(given, secret)) return undefined;
  return callError(new BatonError('UNAUTHORIZED', 'the secret is missing or wrong'), status.UNAUTHENTICATED);
}
