import { describe, expect, it } from 'vitest';
import { stopSignalOf } from '../../src/lib/vm/stop-signal.js';

describe('stopSignalOf()', () => {
  it.each([
    ['SIGQUIT', 'SIGQUIT'],
    ['quit', 'SIGQUIT'],
    ['3', 'SIGQUIT'],
    [' SIGINT ', 'SIGINT'],
    ['SIGRTMIN+3', 'SIGTERM'],
    ['99', 'SIGTERM'],
    ['', 'SIGTERM'],
    [undefined, 'SIGTERM'],
  ])('takes %j for %s', (text, signal) => {
    expect(stopSignalOf(text)).toBe(signal);
  });
});
