/* The launcher and what starts it are in two languages; this keeps their constants equal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_PORTS, MAX_VOLUMES } from '../../../src/lib/vm/devices.js';
import {
  CONFIGURATION_VERSION,
  DISK_FORMAT,
  RECORD,
  RECORD_READ_ONLY,
  RECORD_RESTRICTED,
} from '../../../src/lib/vm/krun/launcher-configuration.js';
import { LAUNCHER_STATUS } from '../../../src/lib/vm/krun/launcher-status.js';
import { PORT_NAME } from '../../../src/lib/vm/protocol/frame-types.js';

const REPOSITORY = join(import.meta.dirname, '../../..');

function source(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}

/** Every `NAME = number` of an enum and `#define NAME number` of a header. */
function constantsOf(header: string): Record<string, number> {
  const matches = header.matchAll(/(?:#define )?\b([A-Z][A-Z_]+)(?: =)? (0x[0-9a-f]+|\d+)/g);
  return Object.fromEntries([...matches].map((match) => [match[1]!, Number(match[2])]));
}

function prefixed(prefix: string, group: Readonly<Record<string, number>>): Record<string, number> {
  const upper = (name: string): string =>
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return Object.fromEntries(
    Object.entries(group).map(([name, value]) => [`${prefix}${upper(name)}`, value]),
  );
}

describe('the constants of the launcher', () => {
  it('are the same in C and in TypeScript', () => {
    const constants = constantsOf(source('native/krun/configuration.h'));

    expect(constants).toMatchObject({
      CONFIGURATION_VERSION,
      RECORD_READ_ONLY,
      RECORD_RESTRICTED,
      MAX_PORTS,
      MAX_VOLUMES,
      ...prefixed('RECORD_', RECORD),
      ...prefixed('DISK_', DISK_FORMAT),
    });
  });

  it('name the same statuses, all of them documented', () => {
    const statuses = constantsOf(source('native/krun/status.h'));
    const document = source('docs/formats/krun-configuration.md');

    expect(statuses).toEqual(prefixed('STATUS_', LAUNCHER_STATUS));
    for (const status of Object.values(LAUNCHER_STATUS))
      expect(document).toMatch(new RegExp(`^\\| ${status} +\\|`, 'm'));
  });

  it('name the channel as the guest program does', () => {
    expect(source('native/krun/machine.c')).toContain(`#define CHANNEL_NAME "${PORT_NAME}"`);
  });
});
