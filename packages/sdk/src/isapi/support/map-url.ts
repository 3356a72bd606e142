import { accessSync, constants } from 'node:fs';
import { HSE_URL_FLAGS_EXECUTE, HSE_URL_FLAGS_READ, HSE_URL_FLAGS_WRITE } from '../../constants/isapi.ts';
import type { ControlBlock } from '../control-block.ts';
import type { UrlMapping } from '../requests.ts';
import { readServerVariable } from '../server-variables.ts';
import { encodePath, plainPathOf } from '../url.ts';

/** HSE_REQ_MAP_URL_TO_PATH. */
export function mapUrl(block: ControlBlock, url: string): string {
  return block.owner.services.mapPath(encodePath(plainPathOf(url)), block.req);
}

/** HSE_REQ_MAP_URL_TO_PATH_EX. */
export function mapUrlEx(block: ControlBlock, url: string): UrlMapping {
  const path = mapUrl(block, url);
  const root = readServerVariable(block, 'APPL_PHYSICAL_PATH').replace(/[\\/]+$/, '');
  // A module may have mapped it elsewhere.
  const isBelow = path.startsWith(root);
  return {
    path,
    flags:
      (may(path, constants.R_OK) ? HSE_URL_FLAGS_READ : 0) |
      (may(path, constants.W_OK) ? HSE_URL_FLAGS_WRITE : 0) |
      (may(path, constants.X_OK) ? HSE_URL_FLAGS_EXECUTE : 0),
    matchingPathLength: isBelow ? root.length : 0,
    matchingUrlLength: isBelow ? 1 : 0,
  };
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
