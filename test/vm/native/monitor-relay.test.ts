import { describe, expect, it } from 'vitest';
import { seed } from '../../support/randomness.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { runSanitized } from '../support/run-sanitized.js';

const temporary = useTemporaryDirectory();
const PARTS = ['plan', 'relay', 'route', 'client', 'queue', 'record', 'descriptors'];

describe('the parsers and the relay of the monitor', () => {
  it('stay in bounds whatever clients and guests say, under AddressSanitizer and UBSan', () => {
    const output = runSanitized('monitor-relay', {
      headers: ['common', 'guest', 'monitor'],
      sources: ['common/frame.c', ...PARTS.map((part) => `monitor/${part}.c`)],
      rounds: 500,
      directory: temporary(),
    });

    expect(output, `seed ${seed}`).toBe('ok\n');
  });
});
