import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import {
  byteStringFromBytes,
  byteStringFromText,
  type ByteString,
} from '../../src/lib/base/bytes.js';
import { escapeBytes } from '../../src/lib/base/escape-bytes.js';

describe('escapeBytes()', () => {
  it.each([
    { name: 'printable text', text: 'etc/größe 日本 🙂', escaped: 'etc/größe 日本 🙂' },
    { name: 'a backslash', text: 'a\\x41', escaped: 'a\\\\x41' },
    { name: 'a terminal sequence', text: '\u001B[31m\n', escaped: '\\x1b[31m\\x0a' },
    { name: 'a C1 control', text: '\u009B', escaped: '\\xc2\\x9b' },
    { name: 'text that runs backwards', text: 'a\u202Eb', escaped: 'a\\xe2\\x80\\xaeb' },
    { name: 'a line separator', text: '\u2028', escaped: '\\xe2\\x80\\xa8' },
  ])('says $name', ({ text, escaped }) => {
    expect(escapeBytes(byteStringFromText(text))).toBe(escaped);
  });

  it.each([
    { name: 'a lone byte', bytes: [0x61, 0xff], escaped: 'a\\xff' },
    { name: 'an overlong form', bytes: [0xc0, 0xaf], escaped: '\\xc0\\xaf' },
    { name: 'a surrogate', bytes: [0xed, 0xa0, 0x80], escaped: '\\xed\\xa0\\x80' },
    { name: 'a cut character', bytes: [0xe2, 0x82], escaped: '\\xe2\\x82' },
  ])('says each byte of $name', ({ bytes, escaped }) => {
    expect(escapeBytes(byteStringFromBytes(Uint8Array.from(bytes)))).toBe(escaped);
  });

  it('can be read back, whatever the bytes', () => {
    const property = fc.property(fc.uint8Array(), (bytes) => {
      const value = byteStringFromBytes(bytes);

      expect(unescape(escapeBytes(value))).toBe(value);
    });
    fc.assert(property);
  });
});

function unescape(text: string): ByteString {
  const latin1 = byteStringFromText(text).replace(/\\(?:x([0-9a-f]{2})|\\)/g, (_, byte?: string) =>
    byte === undefined ? '\\' : String.fromCharCode(Number.parseInt(byte, 16)),
  );
  return latin1 as ByteString;
}
