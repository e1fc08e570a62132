import { describe, expect, it } from 'vitest';
import { replaceSection } from '../../../bench/plot/marked-section.js';

const TEXT = 'a\n<!-- goals -->\nold\n<!-- /goals -->\nb\n';

describe('replaceSection()', () => {
  it('replaces what stands between the markers, and nothing else', () => {
    expect(replaceSection(TEXT, 'goals', 'new\n')).toBe(
      'a\n<!-- goals -->\n\nnew\n\n<!-- /goals -->\nb\n',
    );
  });

  it('changes nothing the second time', () => {
    const once = replaceSection(TEXT, 'goals', 'new');
    expect(replaceSection(once, 'goals', 'new')).toBe(once);
  });

  it.each([
    ['without markers', 'a\n'],
    ['with an end alone', 'a\n<!-- /goals -->\n'],
    ['with a start alone', '<!-- goals -->\na\n'],
    ['with two sections', TEXT + TEXT],
  ])('refuses a text %s', (_, text) => {
    expect(() => replaceSection(text, 'goals', 'new')).toThrow('one section goals');
  });
});
