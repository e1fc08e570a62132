import { describe, expect, it } from 'vitest';
import { MAX_QUOTED_LENGTH, redact } from '../../src/lib/base/redact.js';

describe('redact()', () => {
  it.each([
    ['terminal escapes', 'a\u001b[31mred\u0007', 'a [31mred'],
    ['bidirectional overrides', 'a\u202eb', 'a b'],
    ['credentials in a URL', 'GET https://user:pass@host/x', 'GET https://***@host/x'],
    ['a bearer token', 'Authorization: Bearer abcdefgh12345', 'Authorization: Bearer ***'],
    ['basic credentials', 'basic dXNlcjpwYXNzd29yZA==', 'basic ***'],
    ['a signed URL', 'https://h/b?X-Amz-Signature=abc&n=1', 'https://h/b?X-Amz-Signature=***&n=1'],
  ])('removes %s', (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('leaves ordinary text alone', () => {
    expect(redact('manifest unknown: "1.0"')).toBe('manifest unknown: "1.0"');
  });

  it('shortens what is long', () => {
    expect(redact('x'.repeat(10_000))).toHaveLength(MAX_QUOTED_LENGTH + 1);
  });
});
