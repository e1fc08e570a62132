import { describe, expect, it } from 'vitest';
import { matchRange, versionTags } from '../../../src/lib/project/requirement/match-range.js';
import { parseRange } from '../../../src/lib/project/requirement/version-range.js';

/** Excerpts of the tag lists of well-known images, each form of tag that they use among them. */
const TAGS: Readonly<Record<string, string>> = {
  node: 'latest lts lts-alpine current 22 22.11 22.11.0 22.11.0-alpine 22.11.0-alpine3.20 22.11.0-bookworm-slim 22.12.0 22.12.0-alpine 23.3.0 23.3.0-alpine jod-slim 20.18.1',
  python:
    'latest 3 3.13 3.13.0 3.13.0-slim 3.13.0-slim-bookworm 3.13.1 3.13.1-alpine3.21 3.13.1-slim 3.14.0a2 3.14.0a2-slim 3.14-rc 3.12.8 3.12.8-windowsservercore',
  debian:
    'latest stable bookworm bookworm-slim bookworm-20241111 bookworm-20241111-slim 12 12.8 12.8-slim 12.7 11.11 sid trixie-20241111',
  alpine: 'latest edge 3 3.20 3.20.3 3.21.0 3.21 20240923 20240807 3.19.4',
  ubuntu: 'latest rolling devel noble noble-20241118.1 24.04 24.10 22.04 jammy-20240911.1 20.04',
  postgres:
    'latest 17 17.2 17.1 17.2-alpine 17.2-alpine3.20 17-bookworm 16.6 16.6-bookworm 18beta1 17rc1 9.6.24 9.6.24-alpine 9.5.25',
  redis:
    'latest 7 7.4 7.4.1 7.4.1-alpine 7.4.1-alpine3.20 7.4.1-bookworm 7.2.6 8.0-M02 8.0-M02-alpine 6.2.16',
  nginx:
    'latest stable mainline 1 1.27 1.27.3 1.27.2 1.27.3-alpine 1.27.3-alpine3.20-slim 1.27.3-perl 1.26.2 stable-alpine',
  golang:
    'latest 1 1.23 1.23.3 1.23.3-alpine3.20 1.23.3-bookworm 1.24rc1 1.24-rc 1.24rc1-alpine 1.22.9 1.22.9-bullseye tip-20241116',
  mariadb:
    'latest lts 11 11.6 11.6.2 11.6.2-noble 11.4.4 11.4.4-noble 11.7.1-rc 11.7-rc 10.11.10 10.6.20-ubi',
  'eclipse-temurin':
    'latest 21 21-jdk 21.0.5_11-jdk 21.0.5_11-jre-alpine 21-jre 17.0.13_11-jdk 23.0.1_11-jdk 8u432-b06-jdk 11.0.25_9-jdk-focal',
  traefik:
    'latest v3 v3.2 v3.2.1 v3.2.0 v3.3.0-rc1 v3.3.0-rc2 v2.11.14 v2.11.14-windowsservercore-ltsc2022 3.2.1 mimolette saintnectaire v1.7.34-alpine 1.7.34',
  keycloak: 'latest nightly 26 26.0 26.0.6 26.0.6-0 26.0.5-1 26.0.5 25.0.6 999.0.0-SNAPSHOT',
};

/** What the rules of docs/guide/versions.md make of them. */
const TABLE: readonly [image: string, range: string, tags: string][] = [
  ['node', '^22', '22.12.0 22.11.0'],
  ['node', '^22-alpine', '22.12.0-alpine 22.11.0-alpine'],
  ['node', '^22-alpine3.20', '22.11.0-alpine3.20'],
  ['node', '>=20 <23', '22.12.0 22.11.0 20.18.1'],
  ['node', '~22.11-bookworm-slim', '22.11.0-bookworm-slim'],
  ['python', '^3', '3.13.1 3.13.0 3.12.8'],
  ['python', '~3.13-slim', '3.13.1-slim 3.13.0-slim'],
  ['python', '^3-slim-bookworm', '3.13.0-slim-bookworm'],
  ['debian', '^12', ''],
  ['alpine', '^3', '3.21.0 3.20.3 3.19.4'],
  ['alpine', '~3.20', '3.20.3'],
  ['ubuntu', '>=22', ''],
  ['postgres', '^17', ''],
  ['postgres', '^9', '9.6.24 9.5.25'],
  ['postgres', '^9-alpine', '9.6.24-alpine'],
  ['redis', '^7', '7.4.1 7.2.6'],
  ['redis', '>=6', '7.4.1 7.2.6 6.2.16'],
  ['redis', '~7.4-bookworm', '7.4.1-bookworm'],
  ['nginx', '^1', '1.27.3 1.27.2 1.26.2'],
  ['nginx', '^1-alpine3.20-slim', '1.27.3-alpine3.20-slim'],
  ['golang', '^1', '1.23.3 1.22.9'],
  ['golang', '^1-alpine3.20', '1.23.3-alpine3.20'],
  ['mariadb', '^11', '11.6.2 11.4.4'],
  ['mariadb', '^11.7.1-rc', '11.7.1-rc'],
  ['mariadb', '~11.4-noble', '11.4.4-noble'],
  ['eclipse-temurin', '^21', ''],
  ['traefik', '^3', '3.2.1 v3.2.1 v3.2.0'],
  ['traefik', '^3.3.0-rc.1', 'v3.3.0-rc2 v3.3.0-rc1'],
  ['traefik', 'v2', 'v2.11.14'],
  ['traefik', '^1-alpine', 'v1.7.34-alpine'],
  ['keycloak', '^26', '26.0.6 26.0.5'],
  ['keycloak', '*', '26.0.6 26.0.5 25.0.6'],
];

describe('matchRange() with the tags of well-known images', () => {
  it.each(TABLE)('of %s takes for %j: %s', (image, text, expected) => {
    const range = parseRange(text)!;

    const matching = matchRange(tagsOf(image), range).map(({ tag }) => tag);

    expect(matching.join(' ')).toBe(expected);
  });

  it('does not depend on the order of the list', () => {
    for (const [image, text] of TABLE) {
      const range = parseRange(text)!;
      expect(matchRange(tagsOf(image).reverse(), range)).toEqual(matchRange(tagsOf(image), range));
    }
  });

  it.each(['debian', 'ubuntu', 'eclipse-temurin'])('takes no tag of %s for a version', (image) => {
    expect(versionTags(tagsOf(image))).toEqual([]);
  });
});

function tagsOf(image: string): string[] {
  return TAGS[image]!.split(' ');
}
