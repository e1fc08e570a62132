import { describe, expect, it } from 'vitest';
import { parsePort } from '../../../src/lib/project/sandbox/port-setting.js';

describe('parsePort()', () => {
  it.each([
    ['80', { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 80, guestPort: 80 }],
    ['8080:80', { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80 }],
    ['53:53/udp', { protocol: 'udp', hostAddress: '127.0.0.1', hostPort: 53, guestPort: 53 }],
    ['0.0.0.0:1:2', { protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 1, guestPort: 2 }],
  ])('reads %s, for this host alone unless an address is given', (text, expected) => {
    expect(parsePort(text)).toEqual(expected);
  });

  it.each(['', '0', '80:', ':80', '65536', '1:2:3', '256.0.0.1:1:2', '80/sctp', '::1:1:2', 'http'])(
    'refuses `%s`',
    (text) => {
      expect(parsePort(text)).toBeUndefined();
    },
  );
});
