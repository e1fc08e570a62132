/** What a process and the children that it has waited for moved, in bytes. */
export interface ProcessIo {
  /** fetched from storage: what the page cache had is not counted */
  readonly readBytes: number;
  /** given to storage, without what was deleted before it got there */
  readonly writtenBytes: number;
}

/**
 * Parses the text of `/proc/PID/io` (proc(5)). The kernel adds the figures of a child to those of its
 * parent when the parent has waited for it, so the last reader sees its whole tree.
 *
 * @throws {Error} when a figure is missing
 */
export function parseProcessIo(text: string): ProcessIo {
  const written = figure(text, 'write_bytes') - figure(text, 'cancelled_write_bytes');
  return { readBytes: figure(text, 'read_bytes'), writtenBytes: Math.max(0, written) };
}

function figure(text: string, name: string): number {
  const found = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text);
  if (!found) throw new Error(`/proc/PID/io without ${name}`);
  return Number(found[1]);
}
