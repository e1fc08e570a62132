import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the bytes of a golden file: hexadecimal, lines that begin with `#` left out. */
export function readGoldenHex(name: string): Uint8Array {
  const text = readFileSync(join(import.meta.dirname, '..', 'golden', name), 'utf8');
  const digits = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('');
  return Buffer.from(digits, 'hex');
}
