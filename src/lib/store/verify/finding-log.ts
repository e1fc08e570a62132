import type { PackRow } from '../pack/index/pack-table.js';
import { MAX_REPORTED, type Finding } from './verify-report.js';

/** Collects findings and which packs they are in. */
export class FindingLog {
  readonly findings: Finding[] = [];
  /** numbers of the packs that are not as they should be, also those that have no row */
  readonly damagedPacks = new Set<number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Records a finding that concerns the pack with the number `pack`. */
  addToPack(pack: PackRow['pack'], finding: Finding): void {
    this.damagedPacks.add(pack);
    this.add(finding);
  }

  /** Records a finding that concerns the index alone. */
  add(finding: Finding): void {
    this.#count += 1;
    if (this.findings.length < MAX_REPORTED) this.findings.push(finding);
  }
}
