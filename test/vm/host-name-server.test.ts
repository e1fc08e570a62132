import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostNameServer } from '../../src/lib/vm/host-name-server.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const NOBODY = '192.0.2.1';

describe('hostNameServer()', () => {
  it.each([
    { name: 'the only one', text: 'nameserver 10.0.0.53\n', expected: '10.0.0.53' },
    {
      name: 'the first of several, with comments and spaces',
      text: '# nameserver 1.1.1.1\nsearch example\n nameserver\t127.0.0.53 \nnameserver 9.9.9.9\n',
      expected: '127.0.0.53',
    },
    {
      name: 'an IPv4 one after an IPv6 one',
      text: 'nameserver ::1\nnameserver 8.8.8.8',
      expected: '8.8.8.8',
    },
    { name: 'nobody for an empty file', text: '', expected: NOBODY },
    { name: 'nobody for what is no address', text: 'nameserver 300.1.1.1\n', expected: NOBODY },
  ])('returns $name', async ({ text, expected }) => {
    const path = join(temporary(), 'resolv.conf');
    writeFileSync(path, text);

    expect(await hostNameServer(path)).toBe(expected);
  });

  it('returns nobody where there is no file', async () => {
    expect(await hostNameServer(join(temporary(), 'none'))).toBe(NOBODY);
  });
});
