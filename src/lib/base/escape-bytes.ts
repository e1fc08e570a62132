import type { ByteString } from './bytes.js';

/**
 * One character in well-formed UTF-8 (Unicode 17, table 3-7), or else one byte. The text that it is
 * matched against has one byte in each unit.
 */
const CHARACTER =
  /[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\s\S]/g;

/** What a terminal obeys, hides or turns around: controls, formats, unassigned, separators. */
const UNPRINTABLE = /^[\p{C}\p{Zl}\p{Zp}]$/u;

/**
 * Returns `value` as text that is safe on a terminal and says every byte: printable UTF-8 as it is,
 * a backslash as `\\`, each byte of everything else as `\xNN`. Equal results mean equal bytes.
 */
export function escapeBytes(value: ByteString): string {
  return value.replace(CHARACTER, (bytes) => {
    if (bytes === '\\') return '\\\\';
    const isMalformed = bytes.length === 1 && bytes > '\x7f';
    const character = Buffer.from(bytes, 'latin1').toString('utf8');
    return isMalformed || UNPRINTABLE.test(character) ? bytes.replace(/[\s\S]/g, hex) : character;
  });
}

function hex(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
