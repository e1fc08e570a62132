/** Colours for text that people read; each returns its argument as it is when colour is off. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** Returns the colours for a stream that takes them, or plain text for one that does not. */
export function createStyle(isColored: boolean): Style {
  function paint(open: number, close: number): (text: string) => string {
    return (text) => (isColored ? `\u001B[${open}m${text}\u001B[${close}m` : text);
  }
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
  };
}

/**
 * Returns whether a stream gets colours: `NO_COLOR` (not empty) forbids them, `FORCE_COLOR` (neither
 * empty nor 0) demands them, otherwise a terminal that is not `dumb` gets them.
 */
export function wantsColor(
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (environment['NO_COLOR']) return false;
  const force = environment['FORCE_COLOR'];
  if (force) return force !== '0';
  return isTerminal && environment['TERM'] !== 'dumb';
}
