// Keeps the order of events of each request that carries an x-case header, to be asked for at /__events?case=ID.
const logs = new Map();

export function record(req, res) {
  const id = req.headers['x-case'];
  if (id === undefined) return;
  const log = logs.get(id) ?? [];
  logs.set(id, log);
  const on = (emitter, name, event, facts) =>
    emitter.on(event, (...args) => log.push([`${name}.${event}`, facts?.(...args)].filter((part) => part !== undefined).join(' ')));
  log.push('request');
  on(req, 'req', 'end', () => `complete=${req.complete}`);
  on(req, 'req', 'aborted');
  on(req, 'req', 'error', (error) => `${error.code} ${error.message}`);
  on(req, 'req', 'close', () => `complete=${req.complete} destroyed=${req.destroyed} aborted=${req.aborted}`);
  on(
    res,
    'res',
    'finish',
    () => `ended=${res.writableEnded} finished=${res.writableFinished} headers=${res.headersSent} socket=${res.socket !== null}`,
  );
  on(res, 'res', 'error', (error) => error.code);
  on(res, 'res', 'close', () => `ended=${res.writableEnded} finished=${res.writableFinished} destroyed=${res.destroyed}`);
}

// What a handler itself wants to see compared.
export function note(req, text) {
  logs.get(req.headers['x-case'])?.push(text);
}

export function answerEvents(url, res) {
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify(logs.get(url.searchParams.get('case')) ?? []));
}

// The request's URL, whatever form its target has.
export function urlOf(req) {
  try {
    return new URL(req.url, 'http://app.test');
  } catch {
    return new URL('http://app.test/__no-url');
  }
}
