/* The two sides of the monitor's protocol are in two languages; this keeps their constants equal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as types from '../../../src/lib/vm/monitor/monitor-frame-types.js';

const REPOSITORY = join(import.meta.dirname, '../../..');
const header = readFileSync(join(REPOSITORY, 'native/monitor/monitor-protocol.h'), 'utf8');
const document = readFileSync(join(REPOSITORY, 'docs/formats/monitor-protocol.md'), 'utf8');
const constants = new Map(
  [...header.matchAll(/(?:#define )?\b([A-Z][A-Z_]+)(?: =)? (0x[0-9a-f]+|\d+)/g)].map((match) => [
    match[1]!,
    Number(match[2]),
  ]),
);

function prefixed(prefix: string, group: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(group).map(([name, value]) => [
    `${prefix}${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    value,
  ]);
}

describe('the constants of the monitor protocol', () => {
  it('are the same in C and in TypeScript', () => {
    expect(Object.fromEntries(constants)).toEqual(
      Object.fromEntries([
        ['MONITOR_VERSION', types.MONITOR_VERSION],
        ['LAUNCH_KEEP_RECORD', types.LAUNCH_KEEP_RECORD],
        ['ENDED_TIMED_OUT', types.ENDED_TIMED_OUT],
        ['LOG_HEADER_BYTES', types.LOG_HEADER_BYTES],
        ...prefixed('MONITOR_', types.CLIENT_FRAME),
        ...prefixed('MONITOR_', types.MONITOR_FRAME),
        ...prefixed('ROLE_', types.ROLE),
        ...prefixed('PHASE_', types.PHASE),
        ...prefixed('ENDED_BY_', types.ENDED_BY),
      ]),
    );
  });

  it('name the same files', () => {
    for (const name of Object.values(types.MONITOR_FILES)) expect(header).toContain(`"${name}"`);
  });

  it.each([...Object.values(types.CLIENT_FRAME), ...Object.values(types.MONITOR_FRAME)])(
    'document type %i',
    (type) => {
      expect(document).toContain(`| \`0x${type.toString(16)}\` |`);
    },
  );
});
