import { describe, expect, it } from 'vitest';
import { seed } from '../../support/randomness.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { runSanitized } from '../support/run-sanitized.js';

const temporary = useTemporaryDirectory();

describe('the parsers of the guest program', () => {
  it('stay in bounds and resolve what they should, under AddressSanitizer and UBSan', () => {
    const output = runSanitized('guest-parsers', {
      headers: ['common', 'guest'],
      sources: [
        'common/frame.c',
        ...['guest/identity.c', 'guest/outbox.c', 'guest/process-spec.c'],
      ],
      rounds: 20_000,
      directory: temporary(),
    });

    expect(output, `seed ${seed}`).toBe('ok\n');
  });
});
