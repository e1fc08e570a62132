const POLYNOMIAL = 0x82f6_3b78;
const TABLE = table();

/**
 * Returns the CRC-32C (Castagnoli) register after `bytes`, starting from all ones and without the
 * final inversion: the form in which EROFS stores it.
 */
export function crc32cRegister(bytes: Uint8Array): number {
  let register = 0xffff_ffff;
  for (const byte of bytes) {
    register = (TABLE[(register ^ byte) & 0xff] ?? 0) ^ (register >>> 8);
  }
  return register >>> 0;
}

function table(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    return value;
  });
}
