import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import { HostError } from '../errors/host-error.ts';
import { createUser } from './create-user.ts';
import type { HttpContext } from './http-context.ts';
import { LEFT_OUT } from './left-out.ts';
import { SERVER_VARIABLES } from './server-variables.ts';
import { get, serveModule } from './testing/serve-module.ts';

/** What httpserv.h gives the objects of a request. */
const ORIGINALS: Readonly<Record<string, string>> = {
  IHttpContext:
    'GetSite GetApplication GetConnection GetRequest GetResponse GetUser GetResponseHeadersSent GetModuleContextContainer IndicateCompletion ' +
    'PostCompletion DisableNotifications GetNextNotification GetIsLastNotification ExecuteRequest GetExecuteFlags GetServerVariable ' +
    'SetServerVariable GetServerVarChanges AllocateRequestMemory GetUrlInfo GetMetadata GetPhysicalPath GetScriptName GetScriptTranslated ' +
    'GetScriptMap SetRequestHandled GetFileInfo MapPath NotifyCustomNotification GetParentContext GetRootContext CloneContext ' +
    'ReleaseClonedContext GetCurrentExecutionStats GetTraceContext CancelIo MapHandler GetOriginalUser EnableFullDuplex ' +
    'GetNamedContextContainer InheritServerVariable GetRequestStartTime GetRequestElapsedTime',
  IHttpRequest:
    'GetRawHttpRequest GetHeader SetHeader DeleteHeader GetHeaderChanges GetHttpMethod SetHttpMethod SetUrl GetUrlChanged GetForwardedUrl ' +
    'GetLocalAddress GetRemoteAddress ReadEntityBody InsertEntityBody GetRemainingEntityBytes GetHttpVersion GetClientCertificate ' +
    'NegotiateClientCertificate GetSiteId GetChannelBindingToken',
  IHttpResponse:
    'GetRawHttpResponse GetCachePolicy SetStatus GetStatus GetHeader SetHeader DeleteHeader ClearHeaders GetHeaderChanges Clear Redirect ' +
    'SetErrorDescription GetErrorDescription WriteEntityChunks WriteEntityChunkByReference Flush DisableBuffering SuppressHeaders ' +
    'GetHeadersSuppressed GetKernelCacheEnabled DisableKernelCache SetNeedDisconnect GetNeedDisconnect ResetConnection CloseConnection ' +
    'PushPromise SetTrailer DeleteTrailer ResetStream GoAway',
  IHttpUser:
    'GetRemoteUserName GetUserName GetAuthenticationType GetPassword GetImpersonationToken GetPrimaryToken ReferenceUser DereferenceUser ' +
    'SupportsIsInRole IsInRole GetUserVariable',
  IHttpConnection: 'IsConnected AllocateMemory GetModuleContextContainer',
  IHttpApplication:
    'GetApplicationId GetApplicationPhysicalPath GetAppConfigPath GetModuleContextContainer BeginApplicationWarmup EndApplicationWarmup QueryIsWarmingUp',
};

const page = readFileSync(join(import.meta.dirname, '../../../../docs/programming-model.md'), 'utf8');
const section = page.slice(page.indexOf('\n## Contexts\n'));

/** The rows of an object's table: original -> what stands beside it. */
function rowsOf(original: string): Map<string, string> {
  const start = section.indexOf(`\n**${original}**`);
  assert.ok(start >= 0, `docs/programming-model.md has a table of ${original}`);
  const end = section.indexOf('\n\n', section.indexOf('|---|---|', start));
  const table = section.slice(start, end < 0 ? undefined : end);
  return new Map(
    [...table.matchAll(/^\| (\w+) \| (.*) \|$/gm)].filter(([, name]) => name !== 'original').map(([, name, text]) => [name!, text!]),
  );
}

type Callable = Record<string, (...values: unknown[]) => unknown>;

/** The objects of a running request, by their originals. */
async function objects(use: (found: Record<string, Callable>) => void): Promise<void> {
  const { talk, log } = await serveModule({
    onBeginRequest(context: HttpContext) {
      use({
        IHttpContext: context as unknown as Callable,
        IHttpRequest: context.getRequest() as unknown as Callable,
        IHttpResponse: context.getResponse() as unknown as Callable,
        IHttpUser: createUser({ userName: 'ada' }) as unknown as Callable,
        IHttpConnection: context.getConnection() as unknown as Callable,
        IHttpApplication: context.getApplication() as unknown as Callable,
      });
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });
  await talk(get());
  assert.deepEqual(log, []);
}

suite('every member of the original', () => {
  for (const [original, names] of Object.entries(ORIGINALS))
    test(`${original} is in the documentation, and is what it says there`, async () => {
      const rows = rowsOf(original);
      assert.deepEqual([...rows.keys()], names.split(' '));
      const reasons: Readonly<Record<string, string>> = LEFT_OUT[original.slice(1) as keyof typeof LEFT_OUT];
      const checked = new Set<string>();
      await objects((found) => {
        const object = found[original]!;
        for (const [name, text] of rows) {
          const member = name[0]!.toLowerCase() + name.slice(1);
          assert.equal(typeof object[member], 'function', `${original}::${name}`);
          const reason = reasons[member];
          if (reason === undefined) assert.ok(text.startsWith(`\`${member}\``), `${name}: ${text}`);
          else {
            assert.equal(text, `left out: ${reason}`);
            assert.throws(
              () => object[member]!(),
              (error) => HostError.is(error, 'ERROR_NOT_SUPPORTED') && (error as Error).message.includes(member),
            );
            checked.add(member);
          }
        }
      });
      assert.deepEqual([...checked].toSorted(), Object.keys(reasons).toSorted(), 'nothing is left out that the original does not have');
    });
});

test('every server variable is in the documentation', () => {
  const text = /Server variables: ([^.]*)\./.exec(section)?.[1] ?? '';
  assert.deepEqual(text.split(/,\s+/).toSorted(), Object.keys(SERVER_VARIABLES).toSorted());
});
