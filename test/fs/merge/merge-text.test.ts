import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { MAX_TEXT_BYTES, MAX_TEXT_LINES, mergeText } from '../../../src/lib/fs/merge/merge-text.js';

const anyText = fc
  .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'd'), { maxLength: 12 })
  .map((lines) => lines.join(''));

describe('mergeText()', () => {
  it('takes the changes of both sides where they lie apart', () => {
    const merged = merge({
      base: '1\n2\n3\n4\n5\n',
      ours: '0\n1\n2\n3\n4\n5\n',
      theirs: '1\n2\n3\n5\n6',
    });

    expect(merged).toEqual({ text: '0\n1\n2\n3\n5\n6', conflictCount: 0 });
  });

  it('keeps all three sides between markers where both changed the same lines', () => {
    const merged = merge({ base: 'a\nb\nc\n', ours: 'a\nours\nc\n', theirs: 'a\ntheirs' });

    expect(merged).toEqual({
      text: 'a\n<<<<<<< ours\nours\nc\n||||||| base\nb\nc\n=======\ntheirs\n>>>>>>> theirs\n',
      conflictCount: 1,
    });
  });

  it('gives the side that changed something when the other changed nothing', () => {
    fc.assert(
      fc.property(anyText, anyText, (base, changed) => {
        expect(merge({ base, ours: changed, theirs: base })?.text).toBe(changed);
        expect(merge({ base, ours: base, theirs: changed })?.text).toBe(changed);
        expect(merge({ base, ours: changed, theirs: changed })?.text).toBe(changed);
      }),
    );
  });

  it('gives the same text whichever side is called ours', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (base, left, right) => {
        const one = merge({ base, ours: left, theirs: right });
        const other = merge({ base, ours: right, theirs: left });

        expect(one?.conflictCount).toBe(other?.conflictCount);
        if (one?.conflictCount === 0) expect(one.text).toBe(other?.text);
      }),
    );
  });

  it('keeps bytes that are not UTF-8, carriage returns and words that objects know', () => {
    const text = (middle: string) =>
      Buffer.from(`\xff\r\n__proto__\n${middle}\nconstructor\n`, 'latin1');

    const merged = mergeText({
      base: text('m'),
      ours: text('m'),
      theirs: Buffer.concat([text('n'), Buffer.of(0xfe)]),
    });

    expect(Buffer.from(merged!.bytes).equals(Buffer.concat([text('n'), Buffer.of(0xfe)]))).toBe(
      true,
    );
  });

  it('does not take anything for text that has a NUL byte or is too large', () => {
    const many = 'x\n'.repeat(MAX_TEXT_LINES + 1);

    expect(merge({ base: 'a', ours: 'b\0', theirs: 'c' })).toBeUndefined();
    expect(merge({ base: '', ours: 'x'.repeat(MAX_TEXT_BYTES + 1), theirs: '' })).toBeUndefined();
    expect(merge({ base: '', ours: many, theirs: 'y' })).toBeUndefined();
  });

  it('merges files of many lines that differ little', () => {
    const lines = Array.from({ length: 5 * MAX_TEXT_LINES }, (_, index) => `${index}`);
    const base = lines.join('\n');

    const merged = merge({
      base,
      ours: base.replace('25000', 'ours'),
      theirs: base.replace('25002', 'theirs'),
    });

    expect(merged?.conflictCount).toBe(0);
    expect(merged?.text).toContain('\nours\n25001\ntheirs\n');
  });
});

function merge(sides: Record<'base' | 'ours' | 'theirs', string>) {
  const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map((text) =>
    Buffer.from(text),
  );
  const merged = mergeText({ base: base!, ours: ours!, theirs: theirs! });
  return (
    merged && { text: Buffer.from(merged.bytes).toString(), conflictCount: merged.conflictCount }
  );
}
