// Who makes a request, for the sake of the example: the name of Basic authentication is believed, whatever the password. Stands before write-file.js in
// `modules`; a real one asks somebody.
import { createUser, RQ_AUTHENTICATE_REQUEST, RQ_NOTIFICATION_CONTINUE } from '@baton/sdk';

class BasicAuth {
  onAuthenticateRequest(context, provider) {
    const [, encoded = ''] = /^Basic ([\w+/]+=*)$/i.exec(context.getRequest().getHeader('authorization') ?? '') ?? [];
    const [userName] = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1);
    if (userName) provider.setUser(createUser({ userName, authenticationType: 'Basic' }));
    return RQ_NOTIFICATION_CONTINUE;
  }
}

export function registerModule(_version, info) {
  info.setRequestNotifications({ getHttpModule: () => new BasicAuth() }, RQ_AUTHENTICATE_REQUEST, 0);
}
