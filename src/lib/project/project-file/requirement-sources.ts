import { isMap, isScalar } from 'yaml';
import { PROJECT_FILE_NAME } from './project-file.js';
import { readYaml } from './yaml-value.js';

/**
 * Returns how the text of a mono.yaml spells the requirement of each image, quotes included.
 *
 * @throws {MonoError} `PROJECT_INVALID`
 */
export function requirementSources(text: string): Map<string, string> {
  const { document } = readYaml(text, { path: PROJECT_FILE_NAME, code: 'PROJECT_INVALID' });
  const images: unknown = isMap(document.contents) ? document.contents.get('images') : undefined;
  const sources = new Map<string, string>();
  for (const { key, value } of isMap(images) ? images.items : []) {
    const range = isScalar(value) ? value.range : undefined;
    if (isScalar(key) && range) sources.set(String(key.value), text.slice(range[0], range[1]));
  }
  return sources;
}
