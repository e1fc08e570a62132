/** The keys that leave a process to itself: Ctrl-P Ctrl-Q, as in other tools of this kind. */
const LEAVE_KEYS = Buffer.from([0x10, 0x11]);
/** How long Ctrl-P alone waits for what may follow it, in `ms`: two keys in a row take less. */
const HOLD_MS = 500;
const NOTHING = Buffer.alloc(0);

/**
 * Yields what is typed, until the keys that leave the process are: then `onLeave` is called, and
 * nothing more comes, not even the end. To be used on a terminal alone: elsewhere these are bytes as
 * any other.
 */
export async function* untilLeft(
  typed: AsyncIterable<Uint8Array>,
  onLeave: () => void,
): AsyncGenerator<Uint8Array, void> {
  const source = typed[Symbol.asyncIterator]();
  let coming = source.next();
  let held: Buffer = NOTHING;
  try {
    for (;;) {
      const piece = await (held.length > 0 ? Promise.race([coming, afterHold()]) : coming);
      if (piece?.done) break;
      if (piece) coming = source.next();
      const bytes = Buffer.concat([held, piece?.value ?? NOTHING]);
      const { passed, rest, isLeft } = divide(bytes, { mayWait: piece !== undefined });
      held = rest;
      if (passed.length > 0) yield passed;
      if (!isLeft) continue;
      onLeave();
      await new Promise<never>(() => undefined);
    }
    if (held.length > 0) yield held;
  } finally {
    await source.return?.();
  }
}

/** Returns what passes, what waits for more to come, and whether the keys that leave follow. */
function divide(bytes: Buffer, { mayWait }: { readonly mayWait: boolean }) {
  const keysAt = bytes.indexOf(LEAVE_KEYS);
  const isLeft = keysAt !== -1;
  const waits = mayWait && bytes.at(-1) === LEAVE_KEYS[0];
  const end = isLeft ? keysAt : bytes.length - (waits ? 1 : 0);
  return { passed: bytes.subarray(0, end), rest: isLeft ? NOTHING : bytes.subarray(end), isLeft };
}

function afterHold(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), HOLD_MS).unref();
  });
}
