import { dirname } from 'node:path';
import { isMonoError } from '../../errors.js';
import { cidOfKey } from '../block/block-id.js';
import { pinRecordIn } from '../gc/reference-table.js';
import { checkPack } from './check-pack.js';
import { MAX_REPORTED, type VerifyOptions, type VerifyReport } from './verify-report.js';
import { VerifyRun, type VerifiedPacks } from './verify-run.js';

/**
 * Checks every committed byte of the packs, every row of the index and every reference count. No
 * collection may run meanwhile; others may write.
 *
 * @throws {MonoError} `CANCELLED`, `IO_FAILED`
 */
export async function verifyPacks(
  packs: VerifiedPacks,
  options: VerifyOptions,
): Promise<VerifyReport> {
  return withVerified(packs, options, (_run, report) => Promise.resolve(report));
}

/** Verifies, and calls `fn` with the report and what it was made from. */
export async function withVerified<T>(
  packs: VerifiedPacks,
  options: VerifyOptions,
  fn: (run: VerifyRun, report: VerifyReport) => Promise<T>,
): Promise<T> {
  const snapshot = packs.index.openSnapshot();
  try {
    if (snapshot.packs.hasCompressed()) await packs.coder.load();
    const run = new VerifyRun(snapshot, packs, options);
    try {
      return await fn(run, await verify(run));
    } finally {
      run.close();
    }
  } finally {
    snapshot.close();
  }
}

async function verify(run: VerifyRun): Promise<VerifyReport> {
  checkDatabase(run);
  const walked = new Set<number>();
  for (const pack of run.packs) if (await checkPack(pack, run)) walked.add(pack.pack);
  checkRows(run, walked);
  if (run.log.count === 0) checkCounts(run);
  checkPins(run);
  const missing = listMissing(run);
  return {
    isSound: run.log.count === 0 && missing.missingCount === 0,
    packCount: run.packs.length,
    blockCount: run.ledger.count,
    packBytes: run.totalBytes,
    findingCount: run.log.count,
    findings: run.log.findings,
    ...missing,
  };
}

function checkDatabase(run: VerifyRun): void {
  const { database, path } = run.snapshot;
  const verdict = database.prepare<[], string>('PRAGMA quick_check(1)').pluck().get();
  if (verdict !== 'ok') run.log.add({ kind: 'index', path });
}

/** Looks at the rows that no pack has confirmed; of packs that could not be walked, the block decides. */
function checkRows(run: VerifyRun, walked: ReadonlySet<number>): void {
  const known = new Map(run.packs.map(({ pack, id }) => [pack, id]));
  for (let number = 0; number < run.ledger.count; number++) {
    if (run.ledger.isMarked(number)) continue;
    const row = run.ledger.row(number);
    const id = known.get(row.pack);
    const isUnwalked = id !== undefined && !walked.has(row.pack);
    if (isUnwalked && run.read(row.key, row)) continue;
    run.log.addToPack(row.pack, {
      kind: isUnwalked ? 'block' : 'row',
      path: id === undefined ? run.snapshot.path : run.files.pathOf(id),
      offsetBytes: row.offset,
      cid: cidOfKey(row.key).toString(),
    });
  }
}

/** Only where all nodes could be read: links of a damaged one would look like a difference. */
function checkCounts(run: VerifyRun): void {
  for (const key of run.recount.differences()) {
    run.log.add({ kind: 'count', path: run.snapshot.path, cid: cidOfKey(key).toString() });
  }
}

/** Others may add pins meanwhile, so the record may have more. */
function checkPins({ snapshot, log }: VerifyRun): void {
  const path = pinRecordIn(dirname(snapshot.path));
  try {
    if (snapshot.references.isRecorded()) return;
  } catch (error) {
    if (!isMonoError(error)) throw error;
  }
  log.add({ kind: 'pins', path });
}

function listMissing(run: VerifyRun): Pick<VerifyReport, 'missing' | 'missingCount'> {
  const missing: string[] = [];
  let missingCount = 0;
  for (const key of run.recount.missing()) {
    missingCount += 1;
    if (missing.length < MAX_REPORTED) missing.push(cidOfKey(key).toString());
  }
  return { missing, missingCount };
}
