import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { ControlBlockHandle } from './handle.ts';
import { PRELOAD_LIMIT_BYTES } from './input.ts';
import { pending, until } from './testing/pending.ts';
import { Model, type OwnCall, type Step, step } from './testing/session-model.ts';
import { type RunningExtension, startExtension } from './testing/start-extension.ts';

/** Far more than is ever sent: the body is never complete. */
const BODY_BYTES = 1_000_000;

const folder = mkdtempSync(join(tmpdir(), 'baton-isapi-property-'));
writeFileSync(join(folder, 'file'), Buffer.alloc(3_000));
const file = openSync(join(folder, 'file'), 'r');
after(() => {
  closeSync(file);
  rmSync(folder, { recursive: true });
});

interface Call {
  readonly routine: number;
  readonly context: unknown;
  readonly bytes: number;
  readonly error: number;
}

/** One request: the model, the control block, and the client. */
class Run {
  readonly model = new Model();
  readonly calls: Call[] = [];
  #seen = 0;
  readonly #ecb: ExtensionControlBlock;
  readonly #client: ClientRequest;
  #hasLeft = false;
  /** Of the last read: ones, where the client sends zeros. */
  #target: Uint8Array = Buffer.alloc(0);

  constructor(ecb: ExtensionControlBlock, client: ClientRequest) {
    this.#ecb = ecb;
    this.#client = client;
  }

  /** Undefined: it was a call, and the next one may follow in the same turn. */
  take(step: Step): Promise<void> | undefined {
    switch (step.do) {
      case 'settle':
        return this.#settle();
      case 'client sends':
        return this.#send(step.bytes);
      case 'client leaves':
        return this.#leave();
      default:
        this.#call(step);
        return undefined;
    }
  }

  async #send(bytes: number): Promise<void> {
    await this.#settle();
    const { model } = this;
    if (model.gone === 0 && model.isOpen && model.sentByClient + bytes < BODY_BYTES) {
      await new Promise<void>((resolve) => this.#client.write(Buffer.alloc(bytes), () => resolve()));
      model.sentByClient += bytes;
      model.unread += bytes;
    }
    await this.#settle();
  }

  async #leave(): Promise<void> {
    await this.#settle();
    const { model } = this;
    this.#hasLeft = true;
    this.#client.destroy();
    if (!model.isOpen || model.gone) return;
    await until(() => ControlBlockHandle.blockOf(this.#ecb).output.gone !== 0);
    model.gone = ERROR_OPERATION_ABORTED;
    model.endEarly(ERROR_OPERATION_ABORTED);
    await this.#settle();
  }

  /** A call of the extension: refused as the model says, or accepted. */
  #call(step: OwnCall): void {
    const { model } = this;
    const refusal = model.refusal(step.do);
    const before = this.calls.length;
    if (step.do === 'cancel' && !refusal && model.outstanding?.kind === 'read' && model.unread > 0) {
      // It may have had all its bytes at once, and be on its way to the routine.
      if (ControlBlockHandle.blockOf(this.#ecb).operation.cancel(ERROR_OPERATION_ABORTED)) this.#accept(step);
    } else if (refusal) {
      assert.throws(
        () => this.#make(step),
        (error) => HostError.is(error, refusal),
        `${step.do} should be ${refusal}`,
      );
    } else {
      this.#make(step);
      this.#accept(step);
    }
    assert.equal(this.calls.length, before, 'a routine ran inside of a call');
  }

  #make(step: OwnCall): unknown {
    const ecb = this.#ecb;
    switch (step.do) {
      case 'set routine':
        return ecb.serverSupportFunction(
          HSE.HSE_REQ_IO_COMPLETION,
          step.routine === null ? null : this.#routine(step.routine),
          step.routine,
        );
      case 'write':
        return ecb.writeClient(Buffer.alloc(step.bytes), HSE.HSE_IO_ASYNC);
      case 'write and wait':
        return ecb.writeClient(Buffer.alloc(step.bytes));
      case 'read':
        return this.#read(Buffer.alloc(step.bytes, 1));
      case 'transmit':
        return ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, {
          file,
          bytesToWrite: step.bytes,
          flags: HSE.HSE_IO_ASYNC,
          ...(step.routine !== null && { routine: this.#routine(step.routine), context: step.routine }),
        });
      case 'cancel':
        return ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO);
      case 'close connection':
        return ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      case 'done':
        return ecb.serverSupportFunction(HSE.HSE_REQ_DONE_WITH_SESSION);
    }
  }

  #read(target: Buffer): void {
    this.#ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, target);
    this.#target = target;
  }

  #accept(step: OwnCall): void {
    const { model } = this;
    switch (step.do) {
      case 'set routine':
        model.routine = step.routine;
        break;
      case 'write':
        model.begin('send', step.bytes);
        break;
      case 'transmit':
        model.begin('send', step.bytes, step.routine ?? undefined);
        break;
      case 'read':
        model.begin('read', step.bytes);
        break;
      case 'write and wait':
        if (!model.gone) model.written += step.bytes;
        break;
      case 'cancel':
        if (model.outstanding?.kind === 'send' && !model.gone) model.gone = ERROR_NETNAME_DELETED;
        model.endEarly(ERROR_OPERATION_ABORTED);
        break;
      case 'close connection':
        if (!model.gone) model.gone = ERROR_NETNAME_DELETED;
        model.endEarly(ERROR_NETNAME_DELETED);
        break;
      case 'done':
        model.isOpen = false;
    }
  }

  #routine(routine: number): (ecb: ExtensionControlBlock, context: unknown, bytes: number, error: number) => void {
    return (ecb, context, bytes, error) => {
      assert.equal(ecb, this.#ecb);
      this.calls.push({ routine, context, bytes, error });
    };
  }

  /** Waits for the end of the outstanding operation, if it must come, and holds it against the model. */
  async #settle(): Promise<void> {
    const { model } = this;
    const expected = model.outstanding;
    if (!expected) return this.#expectCalls(0);
    const mustEnd = expected.error !== 0 || model.gone !== 0 || expected.kind === 'send' || model.unread > 0;
    if (!mustEnd) {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      return this.#expectCalls(0);
    }
    const routine = expected.routine ?? model.routine;
    if (routine === null) {
      // Nobody is told: it has ended when the next operation is accepted.
      await until(() => !ControlBlockHandle.blockOf(this.#ecb).operation.isOutstanding);
      this.#expectCalls(0);
      if (expected.kind === 'send' && expected.error === 0) model.written += expected.bytes;
      // Its bytes are gone all the same.
      if (expected.kind === 'read' && expected.error === 0) model.unread -= this.#target.filter((byte) => byte === 0).length;
      model.outstanding = undefined;
      return;
    }
    await until(() => this.calls.length > this.#seen);
    this.#expectCalls(1);
    const call = this.calls[this.#seen - 1]!;
    assert.deepEqual([call.routine, call.context], [routine, routine]);
    if (expected.error !== 0 && !(expected.kind === 'read' && call.bytes > 0))
      assert.deepEqual([call.bytes, call.error], [0, expected.error]);
    else assert.equal(call.error, 0);
    if (expected.kind === 'read') {
      assert.ok(call.bytes <= Math.min(expected.bytes, model.unread), `${call.bytes} bytes read of ${model.unread}`);
      model.unread -= call.bytes;
    } else if (expected.error === 0) {
      assert.equal(call.bytes, expected.bytes);
      model.written += expected.bytes;
    }
    model.outstanding = undefined;
  }

  #expectCalls(more: number): void {
    this.#seen += more;
    assert.equal(this.calls.length, this.#seen, 'calls of routines');
  }

  /** Brings the request to its end, and holds what the client got against what was written. */
  async finish(received: () => number, running: RunningExtension): Promise<void> {
    const { model } = this;
    await this.#settle();
    if (model.outstanding) {
      this.take({ do: 'cancel' });
      await this.#settle();
    }
    if (model.isOpen) this.take({ do: 'done' });
    for (const step of [{ do: 'write', bytes: 1 }, { do: 'read', bytes: 1 }, { do: 'done' }] as const) this.take(step);
    const isWhole = !model.gone && !this.#hasLeft;
    if (isWhole) await until(() => received() >= model.written);
    this.#client.destroy();
    await until(() => running.host.stats.inUse === 0);
    this.#expectCalls(0);
    if (isWhole) assert.equal(received(), model.written);
  }
}

/** A read whose routine is taken away takes its bytes with it. */
const READ_THAT_NOBODY_HEARS: Step[] = [
  { do: 'set routine', routine: 0 },
  { do: 'read', bytes: 1 },
  { do: 'set routine', routine: null },
  { do: 'client sends', bytes: 1 },
  { do: 'set routine', routine: 0 },
  { do: 'read', bytes: 1 },
  { do: 'settle' },
];

test('whatever an extension calls and a client does, in whatever order, the rules hold: one operation, one call of one routine, one end', async () => {
  let operations = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      const given: ExtensionControlBlock[] = [];
      await using running = await startExtension(pending((ecb) => given.push(ecb)));
      const client = request(running.url, { method: 'POST', headers: { 'content-length': BODY_BYTES }, agent: false });
      client.on('error', () => {});
      let received = 0;
      client.on('response', (answer: IncomingMessage) => {
        answer.on('error', () => {});
        answer.on('data', (chunk: Buffer) => {
          received += chunk.length;
        });
      });
      client.write(Buffer.alloc(PRELOAD_LIMIT_BYTES));
      await until(() => given.length > 0);
      const run = new Run(given[0]!, client);
      for (const one of steps) {
        const outside = run.take(one);
        if (outside) await outside;
      }
      await run.finish(() => received, running);
      operations += run.model.accepted;
    }),
    { numRuns: 300, examples: [[READ_THAT_NOBODY_HEARS]] },
  );
  assert.ok(operations > 500, `${operations} operations`);
});
