// An ISAPI extension: GET /NAME streams a file by TRANSMIT_FILE, PUT and POST echo their body with ASYNC_READ_CLIENT. It is an `entry` of baton.yaml.
import { HSE_REQ_SEND_CUSTOM_ERROR, HSE_STATUS_SUCCESS, HSE_VERSION } from '@baton/sdk';
import { download } from './download.js';
import { echo } from './echo.js';

/** The extension with a folder of its own. @default TRANSFER_FOLDER, or ./files */
export function transferExtension({ folder = process.env.TRANSFER_FOLDER ?? './files' } = {}) {
  return {
    getExtensionVersion(version) {
      version.extensionVersion = HSE_VERSION;
      version.extensionDescription = 'Transfers of files and uploads';
      return true;
    },
    httpExtensionProc(ecb) {
      if (ecb.method === 'GET') return download(ecb, folder);
      if (ecb.method === 'PUT' || ecb.method === 'POST') return echo(ecb);
      ecb.serverSupportFunction(HSE_REQ_SEND_CUSTOM_ERROR, { status: '405 Method Not Allowed' });
      return HSE_STATUS_SUCCESS;
    },
    terminateExtension: () => true, // every file is closed with its transfer: there is nothing to hold an unload up for
  };
}

export const { getExtensionVersion, httpExtensionProc, terminateExtension } = transferExtension();
