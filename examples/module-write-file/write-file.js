// The sample of IHttpServer::AssociateWithThreadPool: who is anonymous is refused; for anybody else a file is written by the host's thread pool before
// the response goes out. The original has three bugs. Where each was, a comment says what was wrong and what stands here in its place.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import {
  ERROR_SUCCESS,
  Overlapped,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_FINISH_REQUEST,
  RQ_NOTIFICATION_PENDING,
  RQ_SEND_RESPONSE,
} from '@baton/sdk';

/** One write, with all that lives as long as it does. */
class WriteOperation {
  // Bug 1 of the original: the file handle is a global variable. Two requests at once open the file into the same variable: the first handle is lost and
  // never closed, and the completion of one request closes the file of the other. Here each operation has its own.
  #associated;
  // Bug 3: the OVERLAPPED is a local variable, passed by value. The system writes the outcome through its address when the operation ends, and by then the
  // stack frame is gone. Here it is an object on the heap, which the operation keeps; so is its buffer, which the system reads until the completion.
  #overlapped = new Overlapped(0);
  #buffer = Buffer.from('Hello');
  #context;

  constructor(server, file, context) {
    this.#context = context;
    this.#associated = server.associateWithThreadPool(file, (error, bytes) => this.#completed(error, bytes));
  }

  /** Throws what the write is refused with; no completion comes then. */
  start() {
    this.#associated.write(this.#buffer, this.#overlapped);
  }

  close() {
    return this.#associated.close();
  }

  // Bug 2: the original's routine closes the file, and nobody ever says that the request may go on: the handler has answered PENDING, so it hangs until its
  // client gives up. Here each end of the operation completes the request, the bad one too.
  async #completed(error, bytes) {
    let outcome = error;
    try {
      await this.close(); // first, so that who gets the response finds the file whole
    } catch (failure) {
      outcome ||= failure.number ?? 1;
    }
    if (outcome === ERROR_SUCCESS && bytes === this.#buffer.length) this.#context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    else this.#context.indicateCompletion(refuse(this.#context, `Could not write the file (error ${outcome}).`));
  }
}

class MyHttpModule {
  #server;
  #folder;

  constructor(server, folder) {
    this.#server = server;
    this.#folder = folder;
  }

  onSendResponse(context, provider) {
    if (!provider.getHeadersBeingSent()) return RQ_NOTIFICATION_CONTINUE; // a streamed response comes by here often, and is one request
    const name = context.getUser()?.getUserName();
    if (!name) {
      const response = context.getResponse();
      response.clear();
      response.setStatus(401, 'Access denied.');
      return RQ_NOTIFICATION_FINISH_REQUEST;
    }
    let file;
    try {
      // A file for each user: the name is encoded, since it comes from the client and must not lead out of the folder. The original has one file for all.
      file = openSync(join(this.#folder, `${encodeURIComponent(name)}.txt`), 'w');
    } catch (error) {
      return refuse(context, `Could not open file (error ${error.errno}).`);
    }
    let operation;
    try {
      operation = new WriteOperation(this.#server, file, context);
      operation.start();
    } catch (error) {
      // What is refused at once has no completion, so nobody else would close the file. The original returns here and leaves it open.
      if (operation) operation.close().catch(() => {});
      else closeSync(file);
      return refuse(context, `Could not write the file (error ${error.number}).`);
    }
    return RQ_NOTIFICATION_PENDING;
  }
}

/** Puts a message in the place of what was to go out. */
function refuse(context, message) {
  const response = context.getResponse();
  response.clear();
  response.setStatus(500, 'Internal Server Error');
  response.setHeader('content-type', 'text/plain');
  response.writeEntityChunks(message);
  return RQ_NOTIFICATION_FINISH_REQUEST;
}

/** The module with a folder of its own. @default WRITE_FILE_FOLDER, or ./written beside the app */
export function writeFileModule({ folder = process.env.WRITE_FILE_FOLDER ?? './written' } = {}) {
  return {
    registerModule(_version, info, server) {
      mkdirSync(folder, { recursive: true });
      info.setRequestNotifications({ getHttpModule: () => new MyHttpModule(server, folder) }, RQ_SEND_RESPONSE, 0);
    },
  };
}

export const { registerModule } = writeFileModule();
