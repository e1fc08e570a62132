import { redact } from '../../base/redact.js';
import type { ImageInspection, SignatureInspection } from '../../project/inspect/inspect.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';

/** Prints what is known of an image, one fact a line. What came from the image is made safe. */
export function printInspection(output: Output, inspection: ImageInspection): void {
  for (const [title, value] of factsOf(inspection)) {
    if (value !== '') output.data(`${`${title}:`.padEnd(13)} ${redact(value)}`);
  }
}

function factsOf({
  name,
  requirement,
  locked,
  signature,
  installed,
}: ImageInspection): [string, string][] {
  const facts: [string, string][] = [
    ['name', name],
    ['requirement', requirement],
  ];
  if (!locked) return [...facts, ['state', 'not locked']];
  facts.push(
    ['resolved', locked.resolved],
    ['digest', locked.digest],
    ['platforms', locked.platforms.map(({ platform }) => platform).join(', ')],
  );
  if (signature) facts.push(['signed by', signerText(signature)]);
  if (!installed) return [...facts, ['state', 'not installed']];
  const compressed = installed.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const sizes = `${formatBytes(compressed)} compressed, ${formatBytes(installed.unpackedBytes)} unpacked`;
  return [
    ...facts,
    ['state', `installed (${installed.platform})`],
    ['root', installed.root],
    ['layers', `${installed.layers.length} (${sizes})`],
    ['entrypoint', installed.entrypoint.join(' ')],
    ['command', installed.command.join(' ')],
    ['workdir', installed.workdir],
    ['user', installed.user],
    ['ports', installed.ports.join(', ')],
    ['volumes', installed.volumes.join(', ')],
    ...installed.env.map((variable): [string, string] => ['env', variable]),
  ];
}

function signerText({ requiredBy, verified }: SignatureInspection): string {
  const demand = `demanded for ${requiredBy}`;
  if (!verified) return `nobody that is known here (${demand})`;
  return `${verified.key} (${demand}; ${verified.format} ${verified.manifest})`;
}
