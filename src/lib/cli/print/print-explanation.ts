import type { Explanation, ImageContent } from '../../project/inspect/why.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';

/** Prints who needs what was asked about, one reason or one link of the chain a line. */
export function printExplanation(output: Output, { reasons, contents }: Explanation): void {
  for (const { role, image, platform, requirement, directory } of reasons) {
    output.data(`${role} of ${image} (${platform}), ${requirement}, in ${directory}`);
  }
  for (const content of contents) for (const line of chainOf(content)) output.data(line);
}

function chainOf(found: ImageContent): string[] {
  const { directory, image, resolved, platform, layer, path, kind } = found;
  const links = [
    `${directory}/mono.lock`,
    `image ${image} (${platform}), ${resolved}`,
    ...(layer ? [`layer ${layer.digest}`] : []),
    `${kind} ${path}`,
  ];
  if (found.content !== null && found.sizeBytes !== null) {
    const pieces = `${found.chunks.length} chunk${found.chunks.length === 1 ? '' : 's'}`;
    links.push(`content ${found.content} (${formatBytes(found.sizeBytes)} in ${pieces})`);
  }
  if (found.chunk !== null) links.push(`chunk ${found.chunk} of ${found.chunks.length}`);
  return links.map((link, depth) => (depth === 0 ? link : `${'  '.repeat(depth - 1)}└ ${link}`));
}
