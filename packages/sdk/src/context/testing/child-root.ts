import type { RequestListener } from 'node:http';
import express from 'express';
import { type RequestNotificationStatus, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HttpContext } from '../http-context.ts';
import { serveModule } from './serve-module.ts';

/** An app that says what it was asked. */
const app = express();
app.get(
  '/hello',
  (req, res) =>
    void res
      .status(201)
      .set('X-App', 'yes')
      .cookie('a', '1')
      .cookie('b', '2')
      .send(`hello ${req.get('x-name') ?? ''}`),
);
app.post('/echo', express.text({ type: '*/*', limit: '10mb' }), (req, res) => void res.send(`echo ${req.body}`));
app.get('/big', (_req, res) => {
  for (let index = 0; index < 600; index++) res.write('x'.repeat(10_000));
  res.end();
});
app.get('/breaks', (req) => req.socket.destroy());
/** The app, as a listener. */
export const listener = app as unknown as RequestListener;

/** A root request that runs `act` in BEGIN_REQUEST and is finished by it; children go to the app. */
export async function root(act: (context: HttpContext) => unknown, init: RequestInit = {}, path = '/'): Promise<Response> {
  const { url } = await serveModule(
    {
      onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
        if (context.getParentContext()) return RQ_NOTIFICATION_CONTINUE;
        await act(context);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    },
    listener,
  );
  return await fetch(url + path, init);
}
