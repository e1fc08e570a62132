import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { printListing } from '../../../src/lib/cli/print/print-listing.js';
import { Output } from '../../../src/lib/cli/terminal/output.js';
import { list, type ProjectListing } from '../../../src/lib/project/inspect/list.js';
import { parsePlatform } from '../../../src/lib/registry/platform.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const directory = useTemporaryDirectory();
const cid = CID.parse('bafyreiajjm5xypssqz6egnkvxn4bbxwtkeeohka6lz7ght47ymllkufbg4');

describe('list()', () => {
  it('has the images and sandboxes of the project, and the versions of the user', async () => {
    const listing = await listed('images:\n  b: node@^22\n  a: alpine@^3\n', ['merged']);

    expect(schemaFaults(JSON.parse(JSON.stringify(listing)), readSchema('list.json'))).toEqual([]);
    expect(listing.images.map(({ name, installed }) => [name, installed])).toEqual([
      ['a', false],
      ['b', false],
    ]);
    expect(listing.versions).toEqual([{ name: 'merged', cid: cid.toString() }]);
  });
});

describe('printListing()', () => {
  it('prints a table for each kind that there is', async () => {
    expect(printed(await listed('images:\n  a: alpine@^3\n', ['merged']))).toMatchInlineSnapshot(`
      "IMAGE  VERSION  PLATFORM  STATE       REQUIREMENT
      a      -        -         not locked  docker.io/library/alpine@^3

      VERSION  CID
      merged   bafyreiajjm5xypssqz6egnkvxn4bbxwtkeeohka6lz7ght47ymllkufbg4
      "
    `);
    expect(printed(await listed('images: {}\n', ['merged']))).toMatchInlineSnapshot(`
      "No images yet. Add one with \`mono install REQUIREMENT\`.
      VERSION  CID
      merged   bafyreiajjm5xypssqz6egnkvxn4bbxwtkeeohka6lz7ght47ymllkufbg4
      "
    `);
    expect(printed(await listed('images: {}\n', []))).toMatchInlineSnapshot(`
      "No images yet. Add one with \`mono install REQUIREMENT\`.
      "
    `);
  });
});

async function listed(text: string, versions: readonly string[]): Promise<ProjectListing> {
  writeFileSync(join(directory(), 'mono.yaml'), text);
  return list(directory(), {
    platform: parsePlatform('linux/amd64'),
    builtRoot: () => Promise.resolve(undefined),
    versions: versions.map((name) => ({ name, cid })),
  });
}

function printed(listing: ProjectListing): string {
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(text), columns: 100 };
  printListing(
    new Output({ stdout: stream, stderr: stream, verbosity: 'normal', json: false, color: false }),
    listing,
  );
  return lines.join('');
}
