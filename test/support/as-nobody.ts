/** The user that owns nothing, on every Linux. */
export const NOBODY = 65_534;

/** Runs `fn` without privileges: as nobody where the tests run as root, else as who they run as. */
export async function asNobody<T>(fn: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return fn();
  const group = process.getegid?.() ?? 0;
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await fn();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(group);
  }
}
