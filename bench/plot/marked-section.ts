/**
 * Returns `text` with what stands between the markers `<!-- name -->` and `<!-- /name -->`, each on a
 * line of its own, replaced by `content`.
 *
 * @throws {Error} where the markers are not there once each, in this order
 */
export function replaceSection(text: string, name: string, content: string): string {
  const opening = `<!-- ${name} -->\n`;
  const closing = `<!-- /${name} -->`;
  const [before, rest, ...more] = text.split(opening);
  const [old, after, ...moreEnds] = rest?.split(closing) ?? [];
  if (old === undefined || after === undefined || more.length + moreEnds.length > 0) {
    throw new Error(`one section ${name} is expected`);
  }
  return `${before!}${opening}\n${content.trim()}\n\n${closing}${after}`;
}
