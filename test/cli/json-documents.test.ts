import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushBusybox } from '../support/busybox-image.js';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { readSchema, schemaFaults } from '../support/json-schema.js';
import { runMono, writeUserConfig } from '../support/mono.js';

interface Command {
  readonly enableJsonFlag?: boolean;
  readonly hidden?: boolean;
}

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, Command>;
};
const commands = Object.entries(manifest.commands).map(([id, command]) => ({
  id,
  name: `mono ${id.replaceAll(':', ' ')}`,
  ...command,
}));
const readme = readFileSync(join(root, 'schemas/README.md'), 'utf8');
const tables = new Map(
  [...readme.matchAll(/^\| `(mono [a-z ]+)` +\| (.+?) +\|$/gm)].map(([, name = '', cell = '']) => [
    name,
    cell,
  ]),
);

/** Commands in an order in which each has something to say, with the exit code. */
const STORY: readonly { readonly line: string; readonly expected: number }[] = [
  { line: 'init', expected: 0 },
  { line: 'install app:1.0.0', expected: 0 },
  { line: 'install image other:1', expected: 0 },
  { line: 'list', expected: 0 },
  { line: 'inspect app', expected: 0 },
  { line: 'tags app', expected: 0 },
  { line: 'outdated', expected: 0 },
  { line: 'upgrade --latest app', expected: 0 },
  { line: 'history', expected: 0 },
  { line: 'rollback app', expected: 0 },
  { line: 'why /etc/release', expected: 0 },
  { line: 'du', expected: 0 },
  { line: 'verify', expected: 0 },
  { line: 'diff app other', expected: 0 },
  { line: 'merge app other --base app -t merged', expected: 0 },
  { line: 'export other -o other.tar', expected: 0 },
  { line: 'import other.tar --name copy', expected: 0 },
  { line: 'push copy copied:1', expected: 0 },
  { line: 'remove version merged', expected: 0 },
  { line: 'remove image other', expected: 0 },
  { line: 'remove app', expected: 0 },
  { line: 'gc', expected: 0 },
];

describe('schemas/', () => {
  it.each(commands.filter(({ enableJsonFlag }) => enableJsonFlag))(
    'has the document of $name',
    ({ name }) => {
      expect(existsSync(join(root, 'schemas', schemaOf(name)))).toBe(true);
      expect(readSchema(schemaOf(name))).toHaveProperty('additionalProperties', false);
    },
  );

  it.each(commands.filter(({ enableJsonFlag, hidden }) => !enableJsonFlag && !hidden))(
    'says why $name has none',
    ({ name }) => {
      expect(tables.get(name)).toMatch(/[a-z]{3}/);
    },
  );

  it('has no schema that no command prints', () => {
    const printed = new Set(commands.map(({ name }) => schemaOf(name)));
    const others = ['error.json', 'mono.yaml.json', 'README.md'];

    const stray = readdirSync(join(root, 'schemas')).filter((file) => !printed.has(file));

    expect(stray.filter((file) => !others.includes(file))).toEqual([]);
  });
});

describe('--json', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'mono-json-'));
  const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
  let registry: DockerRegistry;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    mkdirSync(place.cwd);
    writeUserConfig(place.home, { 'docker.io': registry.url });
    for (const tag of ['1.0.0', '1.1.0']) await push('app', tag);
    await push('other', '1');
  });

  afterAll(async () => {
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each(STORY)('mono $line ends with $expected and one document', async (step) => {
    const args = step.line.split(' ');

    const { stdout, stderr, exitCode } = await runMono([...args, '--json'], place);

    const pair = args.slice(0, 2).join(' ');
    const name = commands.some((it) => it.name === `mono ${pair}`) ? pair : (args[0] ?? '');
    const document = JSON.parse(stdout) as unknown;
    expect([exitCode, stderr]).toEqual([step.expected, '']);
    expect(schemaFaults(document, readSchema(schemaOf(`mono ${name}`)))).toEqual([]);
    expect(shapeOf(document)).toMatchSnapshot(name);
  });

  async function push(name: string, tag: string): Promise<void> {
    await pushBusybox(registry, `library/${name}`, { tag, release: `${name} ${tag}` });
  }
});

function schemaOf(name: string): string {
  const listed = /^`(.+\.json)`$/.exec(tables.get(name) ?? '')?.[1];
  return listed ?? `${name.replace(/^mono /, '').replaceAll(' ', '-')}.json`;
}

/** What a document is made of, without what differs from run to run. */
function shapeOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, shapeOf(it)]));
}
