import { formatMoment } from '../../project/policy/release-age.js';
import type { HeldBack } from '../../project/policy/release-policy.js';

/** Returns the line that says that a release is too fresh to be taken. */
export function heldLine(name: string, { tag, until }: HeldBack): string {
  return `${name}: ${tag} is held back until ${formatMoment(Date.parse(until))} (--allow-fresh takes it)`;
}
