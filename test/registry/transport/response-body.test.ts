import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/lib/registry/transport/response-body.js';
import { rejectionOf } from '../../support/failure.js';
import { requestTo, scriptedSend } from '../fake-send.js';

describe('readDocument()', () => {
  const purpose = 'fetch it';

  it('returns the whole body', async () => {
    const response = await answer('abc');

    expect(Buffer.from(await readDocument(response, { limitBytes: 3, purpose })).toString()).toBe(
      'abc',
    );
  });

  it('refuses a body over the limit', async () => {
    const error = await rejectionOf(readDocument(await answer('abcd'), { limitBytes: 3, purpose }));

    expect(error).toMatchObject({
      code: 'REGISTRY_PROTOCOL',
      message: 'Cannot fetch it: the answer of `r.example` is larger than 3 bytes',
    });
  });

  it('gives up a body that drips for too long, however steadily', async () => {
    const stop = new AbortController();
    const dripping = {
      ...(await answer('')),
      body: drip(stop.signal),
      discard: () => stop.abort(),
    };

    const error = await rejectionOf(
      readDocument(dripping, { limitBytes: 1_000_000, timeoutMs: 30, purpose }),
    );

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('takes longer than 30 ms');
  });
});

/** One byte at a time, until given up. */
async function* drip(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (;;) {
    await sleep(1, undefined, { signal });
    yield new Uint8Array(1);
  }
}

async function answer(body: string) {
  const { send } = scriptedSend(() => ({ status: 200, body }));
  return send(requestTo('https://r.example/'));
}
