import { MAX_MEMORY_MIB, MIN_MEMORY_MIB } from '../../vm/sandbox-spec.js';

const SIZE = /^(\d{1,9})(MiB|GiB)$/;

/** What the memory of a machine must be, as a hint. */
export const MEMORY_RULE = `Write it as \`512MiB\` or \`2GiB\`; at least ${MIN_MEMORY_MIB}MiB.`;

/** Returns the `MiB` that `text` (`512MiB`, `2GiB`) stands for, or `undefined` if it is no such size. */
export function parseMemorySize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (match[2] === 'GiB' ? 1024 : 1);
}

/** Returns the `MiB` of a machine's memory, or `undefined` where a machine cannot have that much. */
export function parseMemory(text: string): number | undefined {
  const mib = parseMemorySize(text);
  if (mib === undefined) return undefined;
  return mib >= MIN_MEMORY_MIB && mib <= MAX_MEMORY_MIB ? mib : undefined;
}
