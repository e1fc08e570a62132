import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { servedImage } from '../../support/hostile-registry.js';
import { rejectionOf } from '../../support/failure.js';
import { bytesOf, QUICK_RETRY } from '../test-client.js';
import { always, atFirst, REFERENCE, useHostileRegistries } from './hostile-fixture.js';

describe('openBlob() with a hostile registry', () => {
  const start = useHostileRegistries();
  const content = randomBytes(1_000_000);

  it('goes on by range where a connection broke', async () => {
    const cut = atFirst(1, '/blobs/', (_, response) => breakOffAfter(response, content, 400_000));
    const { client, layer, registry } = await start(cut, { image: servedImage(content) });
    const events: string[] = [];

    const blob = await bytesOf(
      client.openBlob(REFERENCE, layer, { onProgress: ({ type }) => events.push(type) }),
    );

    const ranges = registry.requests.map(({ headers }) => headers.range);
    expect(blob.equals(content)).toBe(true);
    expect(ranges).toHaveLength(2);
    expect(Number(/^bytes=([0-9]+)-$/.exec(ranges[1] ?? '')?.[1])).toBeGreaterThan(0);
    expect(events.filter((type) => type === 'resumed')).toHaveLength(1);
  });

  it('goes on after any number of breaks as long as bytes come', async () => {
    const step = 100_000;
    const cut = always('/blobs/', (request, response) => {
      const offset = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = content.length - offset;
      if (rest <= step) return undefined;
      const status = offset === 0 ? 200 : 206;
      response.writeHead(status, {
        'content-length': rest,
        'content-range': `bytes ${offset}-${content.length - 1}/${content.length}`,
      });
      response.write(content.subarray(offset, offset + step), () => response.destroy());
      return 'handled';
    });
    const { client, layer, registry } = await start(cut, { image: servedImage(content) });

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));

    expect(blob.equals(content)).toBe(true);
    expect(registry.requests.length).toBeGreaterThan(QUICK_RETRY.maxAttempts);
  });

  it('gives up when attempts bring nothing', async () => {
    const cut = always('/blobs/', (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.flushHeaders();
      response.destroy();
      return 'handled';
    });
    const { client, layer, registry } = await start(cut, { image: servedImage(content) });

    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layer)));

    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.message).toContain(`fetch blob \`${layer.digest}\``);
    expect(registry.requests.length).toBeLessThanOrEqual(QUICK_RETRY.maxAttempts ** 2);
  });

  it('drops what it has when a range is answered with the whole blob', async () => {
    let count = 0;
    const ignoreRange = always('/blobs/', (_, response) => {
      count += 1;
      if (count === 1) return breakOffAfter(response, content, 400_000);
      response.writeHead(200, { 'content-length': content.length });
      response.end(content);
      return 'handled';
    });
    const { client, layer } = await start(ignoreRange, { image: servedImage(content) });

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));

    expect(blob.equals(content)).toBe(true);
  });

  it('asks for the whole blob when a range is answered with 416', async () => {
    let count = 0;
    const refuseRange = always('/blobs/', (request, response) => {
      count += 1;
      if (count === 1) return breakOffAfter(response, content, 400_000);
      if (request.headers.range === undefined) return undefined;
      response.writeHead(416).end();
      return 'handled';
    });
    const { client, layer } = await start(refuseRange, { image: servedImage(content) });

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));

    expect(blob.equals(content)).toBe(true);
  });

  it.each([
    ['of another start', 'bytes 5-999/1000'],
    ['of another total', 'bytes 400-899/900'],
    ['beyond the end', 'bytes 400-1000/*'],
    ['that is not stated', ''],
  ])('refuses a part %s', async (_name, contentRange) => {
    const image = servedImage();
    const lie = always('/blobs/', (_, response) => {
      response.writeHead(206, contentRange === '' ? {} : { 'content-range': contentRange });
      response.end(image.layer.bytes.subarray(400));
      return 'handled';
    });
    const { client, layer } = await start(lie, { image });
    const prefix = [image.layer.bytes.subarray(0, 400)];

    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layer, { prefix })));

    expect(error.code).toBe('REGISTRY_PROTOCOL');
  });

  it.each([
    ['longer', 1001],
    ['shorter', 999],
  ])('refuses a blob whose announced length is %s', async (_name, length) => {
    const lie = always('/blobs/', (_, response) => {
      response.writeHead(200, { 'content-length': length });
      response.end(Buffer.alloc(length));
      return 'handled';
    });
    const { client, layer } = await start(lie);

    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layer)));

    expect(error.code).toBe('BLOB_SIZE_MISMATCH');
  });

  it('stops early when more bytes come than the descriptor says', async () => {
    const sent = { bytes: 0, isClosed: false };
    const flood = always('/blobs/', (_, response) => {
      response.writeHead(200);
      response.once('close', () => {
        sent.isClosed = true;
      });
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent.bytes += 65_536;
      };
      response.on('drain', pour);
      pour();
      return 'handled';
    });
    const { client, layer } = await start(flood);

    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layer)));

    expect(error.code).toBe('BLOB_SIZE_MISMATCH');
    await expect.poll(() => sent.isClosed).toBe(true);
    expect(sent.bytes).toBeLessThan(100_000_000);
  });

  it('notices a blob that ends early without an error', async () => {
    const image = servedImage();
    const cut = always('/blobs/', (_, response) => {
      response.writeHead(200);
      response.end(image.layer.bytes.subarray(0, 500));
      return 'handled';
    });
    const { client, layer } = await start(cut, { image });

    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layer)));

    expect(error.code).toBe('BLOB_SIZE_MISMATCH');
    expect(error.message).toContain('it has 1000 bytes by its descriptor, but only 500 came');
  });

  it('notices wrong bytes of the right size', async () => {
    const lie = always('/blobs/', (_, response) => {
      response.end(Buffer.alloc(1000, 'other'));
      return 'handled';
    });
    const { client, layer } = await start(lie);

    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layer)));

    expect(error.code).toBe('BLOB_DIGEST_MISMATCH');
    expect(error.details['expected']).toBe(layer.digest);
  });

  it('never decompresses, whatever the encoding is said to be', async () => {
    const image = servedImage();
    const lie = always('/blobs/', (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(image.layer.bytes);
      return 'handled';
    });
    const { client, layer, registry } = await start(lie, { image });

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));

    expect(blob.equals(image.layer.bytes)).toBe(true);
    expect(registry.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('replaces a connection that stalls, and gives up when all do', async () => {
    const stall = (_: unknown, response: ServerResponse): 'handled' => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 300_000));
      return 'handled';
    };
    const image = servedImage(content);
    const client = { timeouts: { idleMs: 100 } };
    const once = await start(atFirst(1, '/blobs/', stall), { image, client });
    const ever = await start(always('/blobs/', stall), { image, client });

    const blob = await bytesOf(once.client.openBlob(REFERENCE, once.layer));
    const error = await rejectionOf(bytesOf(ever.client.openBlob(REFERENCE, ever.layer)));

    expect(blob.equals(content)).toBe(true);
    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.message).toContain('it does not answer in time');
  });

  it('replaces a connection that drips, and gives up when all do', async () => {
    const drip = (_: unknown, response: ServerResponse): 'handled' => {
      response.writeHead(200, { 'content-length': content.length });
      const timer = setInterval(() => response.write('x'), 2);
      response.once('close', () => clearInterval(timer));
      return 'handled';
    };
    const image = servedImage(Buffer.alloc(content.length, 'x'));
    const client = { timeouts: { windowMs: 50 } };
    const once = await start(atFirst(1, '/blobs/', drip), { image, client });
    const ever = await start(always('/blobs/', drip), { image, client });

    const blob = await bytesOf(once.client.openBlob(REFERENCE, once.layer));
    const error = await rejectionOf(bytesOf(ever.client.openBlob(REFERENCE, ever.layer)));

    expect(blob.equals(image.layer.bytes)).toBe(true);
    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.message).toContain('it sends too slowly');
    expect(ever.registry.requests.length).toBeLessThanOrEqual(QUICK_RETRY.maxAttempts);
  });

  it('goes on where a server fails for a while in the middle', async () => {
    let count = 0;
    const fail = always('/blobs/', (_, response) => {
      count += 1;
      if (count === 1) return breakOffAfter(response, content, 400_000);
      if (count > 3) return undefined;
      response.writeHead(500).end();
      return 'handled';
    });
    const { client, layer, registry } = await start(fail, { image: servedImage(content) });

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));

    expect(blob.equals(content)).toBe(true);
    expect(registry.requests.slice(1).every(({ headers }) => headers.range)).toBe(true);
  });

  it('does not take a slow consumer for a stalled connection', async () => {
    const image = servedImage(content);
    const { client, layer, registry } = await start(undefined, {
      image,
      client: { timeouts: { idleMs: 60, windowMs: 60 } },
    });

    let sizeBytes = 0;
    let isFirst = true;
    for await (const piece of client.openBlob(REFERENCE, layer)) {
      if (isFirst) await new Promise((resolve) => setTimeout(resolve, 200));
      isFirst = false;
      sizeBytes += piece.length;
    }

    expect(sizeBytes).toBe(content.length);
    expect(registry.requests).toHaveLength(1);
  });

  it('closes the connection when the consumer leaves', async () => {
    const seen = { isClosed: false };
    const watch = always('/blobs/', (_, response) => {
      response.once('close', () => {
        seen.isClosed = true;
      });
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 500_000));
      return 'handled';
    });
    const { client, layer } = await start(watch, { image: servedImage(content) });

    for await (const piece of client.openBlob(REFERENCE, layer)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }

    await expect.poll(() => seen.isClosed).toBe(true);
  });

  it('needs no request for an empty blob', async () => {
    const { client, layer, registry } = await start(undefined, {
      image: servedImage(Buffer.alloc(0)),
    });

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));

    expect(blob).toHaveLength(0);
    expect(registry.requests).toHaveLength(0);
  });
});

function breakOffAfter(response: ServerResponse, content: Buffer, sizeBytes: number): 'handled' {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, sizeBytes), () => {
    setTimeout(() => response.destroy(), 50);
  });
  return 'handled';
}
