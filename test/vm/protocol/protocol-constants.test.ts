/* The two sides of the protocol are in two languages; this keeps their constants equal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as frameTypes from '../../../src/lib/vm/protocol/frame-types.js';

const REPOSITORY = join(import.meta.dirname, '../../..');
const header = readFileSync(join(REPOSITORY, 'native/guest/protocol.h'), 'utf8');
const document = readFileSync(join(REPOSITORY, 'docs/formats/guest-protocol.md'), 'utf8');

/** Every `NAME = number` and `#define NAME number` of the header. */
const constants = new Map(
  [...header.matchAll(/(?:#define )?\b([A-Z][A-Z_]+)(?: =)? (0x[0-9a-f]+|\d+)/g)].map((match) => [
    match[1]!,
    Number(match[2]),
  ]),
);

function upper(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function prefixed(prefix: string, group: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(group).map(([name, value]) => [`${prefix}${upper(name)}`, value]);
}

const guestHello: [string, number] = ['FRAME_GUEST_HELLO', frameTypes.GUEST_FRAME.hello];
const expected: readonly [string, number][] = [
  ['PROTOCOL_VERSION', frameTypes.PROTOCOL_VERSION],
  ['FRAME_HEADER_BYTES', frameTypes.FRAME_HEADER_BYTES],
  ['FRAME_MAX_PAYLOAD_BYTES', frameTypes.FRAME_MAX_PAYLOAD_BYTES],
  ['STREAM_MAX_PIECE_BYTES', frameTypes.STREAM_MAX_PIECE_BYTES],
  ['STREAM_WINDOW_BYTES', frameTypes.STREAM_WINDOW_BYTES],
  ['START_WITH_INPUT', frameTypes.START_WITH_INPUT],
  ['START_SERVICE', frameTypes.START_SERVICE],
  ...prefixed('FRAME_', frameTypes.HOST_FRAME),
  ...prefixed('FRAME_', frameTypes.GUEST_FRAME).filter(([name]) => name !== 'FRAME_HELLO'),
  guestHello,
  ['MOUNT_READ_ONLY', frameTypes.MOUNT_READ_ONLY],
  ...prefixed('ROOT_WRITES_', frameTypes.ROOT_WRITES),
  ...prefixed('NETWORK_', frameTypes.NETWORK_KIND),
  ...prefixed('MOUNT_', frameTypes.MOUNT_KIND),
  ...prefixed('STREAM_', frameTypes.STREAM),
  ...prefixed('EXIT_BY_', frameTypes.EXIT_KIND),
  ...prefixed('FAILURE_', frameTypes.FAILURE),
];

describe('the constants of the guest protocol', () => {
  it('are the same in C and in TypeScript', () => {
    expect(Object.fromEntries(constants)).toEqual(Object.fromEntries(expected));
  });

  it('name the same channel', () => {
    expect(header).toContain(`#define PORT_NAME "${frameTypes.PORT_NAME}"`);
  });

  it.each([...Object.values(frameTypes.HOST_FRAME), ...Object.values(frameTypes.GUEST_FRAME)])(
    'document type %i',
    (type) => {
      expect(document).toContain(`| \`0x${type.toString(16).padStart(2, '0')}\` |`);
    },
  );
});
