// A module instead of a server: it exports a fetch handler and listens nowhere.
export default {
  fetch(request) {
    const url = new URL(request.url);
    return Response.json({ handler: 'fetch', method: request.method, path: url.pathname, pid: process.pid });
  },
};
