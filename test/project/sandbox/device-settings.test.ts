import { describe, expect, it } from 'vitest';
import { mergeDevices } from '../../../src/lib/project/sandbox/device-settings.js';

const port = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80 } as const;
const data = { kind: 'named', name: 'data', guestPath: '/data', readOnly: false } as const;

describe('mergeDevices()', () => {
  it('reaches out and writes to memory when nobody says otherwise', () => {
    expect(mergeDevices([{}, {}])).toEqual({
      network: 'outbound',
      ports: [],
      mounts: [],
      writes: 'memory',
    });
  });

  it('adds lists up; the later replaces what has the same port or place', () => {
    const other = { ...port, guestPort: 81 };
    const merged = mergeDevices([
      { ports: [port], mounts: [data], network: 'none' },
      { ports: [other, { ...port, protocol: 'udp' }], mounts: [{ ...data, name: 'other' }] },
    ]);

    expect(merged.ports).toEqual([other, { ...port, protocol: 'udp' }]);
    expect(merged.mounts).toEqual([{ ...data, name: 'other' }]);
    expect(merged.network).toBe('none');
  });

  it.each([
    [{ persist: true }, {}, 'disk'],
    [{ readOnly: true }, {}, 'nothing'],
    [{ readOnly: true }, { readOnly: false }, 'memory'],
    [{ persist: true }, { readOnly: true }, 'nothing'],
  ])('sends the writes of %j and %j to %s', (first, second, expected) => {
    expect(mergeDevices([first, second]).writes).toBe(expected);
  });
});
