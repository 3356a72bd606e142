import http from 'k6/http';
import { adminUrl, pool, token } from './settings.js';

const params = () => ({ headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, tags: { kind: 'admin' } });

/** GET /api/v1/PATH, parsed; throws with what the cluster said. */
export function read(path) {
  return parsed(http.get(`${adminUrl}/api/v1/${path}`, { ...params(), tags: { kind: 'admin', name: path } }));
}

/** Asks for a recycle of the pool; the ids of those that run now. */
export function recycle(reason) {
  const url = `${adminUrl}/api/v1/pools/${pool}/recycle`;
  return parsed(http.post(url, JSON.stringify({ reason }), { ...params(), tags: { kind: 'admin', name: 'recycle' } })).recycleIds;
}

function parsed(response) {
  if (response.status !== 200) throw new Error(`the admin API answered ${response.status} ${response.body || response.error}`);
  return response.json();
}
