import type { StoreFindings, VerifyDocument } from '../../project/verify/verify-report.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';

/** How many damaged places are printed one by one. */
const MAX_PRINTED = 20;

/** Prints what a verification found, and what a repair did about it. */
export function printVerification(output: Output, document: VerifyDocument): void {
  const { store, images, rootfs, repair } = document;
  for (const line of findingLines(document)) output.data(line);
  const stored = store ? `${store.blockCount} blocks in ${formatBytes(store.packBytes)}, ` : '';
  const counts = `${stored}${count(images.length, 'image')}, ${count(rootfs.checked, 'root filesystem')}`;
  output.talk(`Checked ${counts}`);
  if (repair) {
    const { repairedBlocks, fetchedBytes, lost } = repair;
    const fetched = `fetched ${formatBytes(fetchedBytes)}`;
    output.talk(`Repaired ${count(repairedBlocks, 'block')}, ${fetched}`);
    for (const manifest of lost) {
      output.warn(`${manifest} cannot be fetched again: no lockfile says where it came from`);
    }
  }
  if (document.isSound) output.talk('All is well');
  else if (!repair) output.talk('`mono verify --repair` fetches again what is damaged');
}

function findingLines({ store, images, rootfs }: VerifyDocument): string[] {
  const lines = store ? storeLines(store) : [];
  for (const { names, manifest, platform, damagedBlocks } of images) {
    if (damagedBlocks.length === 0) continue;
    const name = names.length > 0 ? names.join(', ') : manifest;
    lines.push(`image ${name} (${platform}): ${count(damagedBlocks.length, 'damaged block')}`);
  }
  for (const path of rootfs.damaged) lines.push(`root filesystem: ${path} is damaged`);
  for (const path of rootfs.unknown) lines.push(`root filesystem: ${path} cannot be checked`);
  return lines;
}

function storeLines({ findings, findingCount, missing, missingCount }: StoreFindings): string[] {
  const lines = [
    ...findings.map(({ kind, path, offsetBytes, cid }) => {
      const place = offsetBytes === undefined ? path : `${path} at ${offsetBytes}`;
      return `${kind}: ${place}${cid === undefined ? '' : ` (${cid})`}`;
    }),
    ...missing.map((cid) => `missing: ${cid}`),
  ];
  const hidden = findingCount + missingCount - MAX_PRINTED;
  return [...lines.slice(0, MAX_PRINTED), ...(hidden > 0 ? [`and ${hidden} more`] : [])];
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
