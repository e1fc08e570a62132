/** Knows which roots somebody runs from. */
export interface RootsInUse {
  /** Returns their CIDs; a root that is not in the store does no harm. */
  list(): Promise<readonly string[]>;
}
