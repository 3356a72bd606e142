import { BatonError } from '@baton/core';
import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** One setting of a pool, as an operator writes it: "processModel.idleTimeout" and "5m". */
export interface GivenSetting {
  readonly key: string;
  /** YAML; empty takes the setting out, so that its default holds again. */
  readonly value: string;
}

/**
 * The text of a valid baton.yaml with settings of one pool changed; comments and everything else stay.
 *
 * - Whether the result is valid is for parseConfig to say.
 * - NOT_FOUND: the file has no such pool. INVALID_ARGUMENT: the value is not YAML, or the pool is written as an alias.
 */
export function setPoolSettings(text: string, pool: string, settings: readonly GivenSetting[]): string {
  const document = parseDocument(text);
  const path = ['pools', indexOfPool(document, pool)];
  for (const { key, value } of settings) {
    const keys = [...path, ...splitKey(key)];
    try {
      if (value === '') document.deleteIn(keys);
      else document.setIn(keys, document.createNode(readValue(key, value)));
    } catch (error) {
      throw BatonError.from(error, 'INVALID_ARGUMENT', `${key} cannot be set in this file`);
    }
  }
  return document.toString({ lineWidth: 0 });
}

function indexOfPool(document: Document, name: string): number {
  const pools = document.get('pools');
  const index = isSeq(pools) ? pools.items.findIndex((pool) => isMap(pool) && pool.get('name') === name) : -1;
  if (index < 0) throw new BatonError('NOT_FOUND', `there is no pool "${name}" in the configuration of the cluster`);
  return index;
}

/** The name of an environment variable may have dots of its own. */
function splitKey(key: string): string[] {
  const [first, ...rest] = key.split('.');
  return first === 'environmentVariables' && rest.length > 0 ? [first, rest.join('.')] : [first!, ...rest];
}

function readValue(key: string, value: string): unknown {
  const document = parseDocument(value);
  if (document.errors.length > 0) {
    throw new BatonError('INVALID_ARGUMENT', `the value of ${key} is not YAML: ${document.errors[0]!.message.split('\n', 1)[0]}`);
  }
  // "1.10" as a variable is text, not a number.
  if (key.startsWith('environmentVariables.') && isScalar(document.contents)) return value;
  return document.toJS();
}
