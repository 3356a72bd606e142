import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import { createUser } from './create-user.ts';
import type { HttpContext } from './http-context.ts';

import { codeOf } from './testing/code-of.ts';
import { serveModule } from './testing/serve-module.ts';

suite('the user', () => {
  test('is nobody before RQ_AUTHENTICATE_REQUEST has ended, then at least anonymous', async () => {
    const users: unknown[] = [];
    const note = (context: HttpContext): typeof RQ_NOTIFICATION_CONTINUE => {
      const user = context.getUser();
      users.push(user && [user.getUserName(), user.getAuthenticationType(), user.supportsIsInRole(), user.isInRole('admin')]);
      return RQ_NOTIFICATION_CONTINUE;
    };
    const { url } = await serveModule({ onBeginRequest: note, onAuthenticateRequest: note, onAuthorizeRequest: note, onEndRequest: note });
    await (await fetch(url)).text();
    assert.deepEqual(users, [null, null, ['', '', true, false], ['', '', true, false]]);
  });

  test('is who a module says', async () => {
    const got: unknown[] = [];
    const { url } = await serveModule({
      onAuthenticateRequest(_context, provider) {
        provider.setUser(
          createUser({
            userName: 'ada',
            authenticationType: 'Basic',
            remoteUserName: 'ADA',
            roles: ['admin'],
            variables: { mail: 'a@b.c' },
          }),
        );
        got.push(codeOf(() => provider.setUser({} as never)));
        return RQ_NOTIFICATION_CONTINUE;
      },
      onAuthorizeRequest(context, _provider) {
        const user = context.getUser()!;
        got.push(user.getUserName(), user.getRemoteUserName(), user.getAuthenticationType(), user.isInRole('admin'), user.isInRole('root'));
        got.push(
          user.getUserVariable('mail'),
          user.getUserVariable('toString'),
          context.getServerVariable('AUTH_TYPE'),
          context.getServerVariable('REMOTE_USER'),
        );
        got.push(context.getServerVariable('UNMAPPED_REMOTE_USER'), context.getOriginalUser() === user);
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    await (await fetch(url)).text();
    assert.deepEqual(got, ['ERROR_INVALID_PARAMETER', 'ada', 'ADA', 'Basic', true, false, 'a@b.c', undefined, 'Basic', 'ada', 'ADA', true]);
  });

  test('whose roles nobody knows says so', () => {
    const user = createUser({ userName: 'ada' });
    assert.equal(user.supportsIsInRole(), false);
    assert.equal(
      codeOf(() => user.isInRole('admin')),
      'E_NOTIMPL',
    );
  });
});
