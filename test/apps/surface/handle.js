import { answerEvents, note, record, urlOf } from './record.js';
import { routes } from './routes.js';

// Serves the shared routes; false when the path is none of them, and the framework goes on.
export function handle(req, res) {
  const url = urlOf(req);
  if (url.pathname === '/__events') {
    answerEvents(url, res);
    return true;
  }
  record(req, res);
  const route = routes[url.pathname];
  if (!route) return false;
  // A body that breaks off rejects what reads it; the app lives on, as one with a proper error handler would.
  Promise.resolve(route(req, res, url)).catch((error) => note(req, `handler ${error.code ?? error.name}`));
  return true;
}
