/** A value in three versions; `undefined`: there is none. Deleting is changing to `undefined`. */
export interface Sides<T> {
  readonly base: T | undefined;
  readonly ours: T | undefined;
  readonly theirs: T | undefined;
}

/** What {@link mergeValues} returns when both sides changed a value, and differently. */
export const CONFLICT = Symbol('conflict');

/**
 * Returns the value of the side that changed it, or that of both when they agree. Two values are the
 * same when `identify` gives the same text for them.
 */
export function mergeValues<T>(
  { base, ours, theirs }: Sides<T>,
  identify: (value: T) => string,
): T | undefined | typeof CONFLICT {
  const [before, first, second] = [base, ours, theirs].map((value) =>
    value === undefined ? undefined : identify(value),
  );
  if (first === second || before === second) return ours;
  return before === first ? theirs : CONFLICT;
}

/** Returns `sides` with `map` applied to every value that there is. */
export function mapSides<E, T>(
  { base, ours, theirs }: Sides<E>,
  map: (value: E) => T | undefined,
): Sides<T> {
  return {
    base: base === undefined ? undefined : map(base),
    ours: ours === undefined ? undefined : map(ours),
    theirs: theirs === undefined ? undefined : map(theirs),
  };
}
