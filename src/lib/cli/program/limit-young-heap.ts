import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's space for new objects at the size that it has. It would grow to 32 MiB, for which a pull,
 * whose objects soon die or live long, has no use: it takes as long and up to 35 MiB more.
 *
 * @see docs/design/0008-ingest.md, point 10
 */
export function limitYoungHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
