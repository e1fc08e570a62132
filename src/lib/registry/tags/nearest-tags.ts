/**
 * Returns the `count` of `tags` that people most likely meant by `wanted`, best first: those with
 * the longest common beginning, among these those with the fewest edits.
 */
export function nearestTags(
  wanted: string,
  tags: readonly string[],
  count: number,
): readonly string[] {
  return [...new Set(tags)]
    .map((tag) => ({ tag, score: scoreOf(wanted, tag) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.tag.length - b.tag.length || compare(a.tag, b.tag))
    .slice(0, count)
    .map(({ tag }) => tag);
}

/** In [0, 1]: 0 means nothing in common. */
function scoreOf(wanted: string, tag: string): number {
  const longest = Math.max(wanted.length, tag.length);
  const similarity = 1 - editDistance(wanted.toLowerCase(), tag.toLowerCase()) / longest;
  const beginning = commonPrefixLength(wanted, tag) / longest;
  return (similarity + beginning) / 2;
}

function commonPrefixLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
