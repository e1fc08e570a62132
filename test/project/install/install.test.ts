import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import { isMonoError, MonoError } from '../../../src/lib/errors.js';
import {
  install,
  type InstallEvent,
  type InstallRequest,
  type InstallServices,
} from '../../../src/lib/project/install/install.js';
import { initProject } from '../../../src/lib/project/project-file/project-directory.js';
import { parseRequirement } from '../../../src/lib/project/requirement/requirement.js';
import type { ResolvedReference } from '../../../src/lib/project/requirement/resolve-requirement.js';
import { formatReference, type Reference } from '../../../src/lib/registry/reference.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

/** A registry and a store as small as an install can tell. */
interface World {
  readonly services: InstallServices;
  readonly events: InstallEvent[];
  /** how often the way to the registries was opened */
  readonly opened: () => number;
  readonly tags: Map<string, string>;
  /** what a pull of any image fails with */
  failure: MonoError | undefined;
}

const directory = useTemporaryDirectory();

describe('install()', () => {
  it('resolves, pulls, and writes both files', async () => {
    const world = createWorld({ 'library/node': ['22.3.0', '22.4.0', '23.0.0'] });
    await initProject(directory());

    const result = await install(request({ add: ['node@^22'] }), world.services);

    expect(result.plan.images[0]?.locked.resolved).toBe('docker.io/library/node:22.4.0');
    expect(file('mono.yaml')).toContain('  node: docker.io/library/node@^22\n');
    expect(file('mono.lock')).toContain(`root: ${rootOf('library/node:22.4.0')}`);
    expect(world.events.map(({ type }) => type)).toEqual([
      'resolving',
      'resolved',
      'preparing',
      'installed',
    ]);
  });

  it('says what it resolves before the way to the registries is loaded', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    const told: InstallEvent[][] = [];

    await install(request({ add: ['node@^22'] }), {
      ...world.services,
      resolver(policy) {
        told.push([...world.events]);
        return world.services.resolver(policy);
      },
    });

    expect(told[0]).toEqual([
      { type: 'resolving', name: 'node', requirement: 'docker.io/library/node@^22' },
    ]);
  });

  it('asks no registry and writes nothing when all is installed', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    await install(request({ add: ['node@^22'] }), world.services);
    world.tags.set('library/node:22.5.0', 'newer');
    const opened = world.opened();

    const again = await install(request({}), world.services);
    const sameAdded = await install(request({ add: ['node@^22'] }), world.services);

    expect(world.opened()).toBe(opened);
    expect([again.fileChanged, again.lockChanged, again.pulled.size]).toEqual([false, false, 0]);
    expect(sameAdded.lockChanged).toBe(false);
  });

  it('gives equal lockfiles in two directories', async () => {
    const texts: string[] = [];
    for (const order of [
      ['node@^22', 'redis'],
      ['redis', 'node@^22'],
    ]) {
      const world = createWorld({ 'library/node': ['22.4.0'], 'library/redis': ['latest'] });
      const place = join(directory(), String(texts.length));
      await initProject(place);
      await install({ ...request({ add: order }), directory: place }, world.services);
      texts.push(readFileSync(join(place, 'mono.lock'), 'utf8'));
    }

    expect(texts[0]).toBe(texts[1]);
  });

  it('replaces the requirement of the same repository and says what changed', async () => {
    const world = createWorld({ 'library/node': ['22.4.0', '24.0.0'] });
    await initProject(directory());
    await install(request({ add: ['node@^22'] }), world.services);

    const result = await install(request({ add: ['node@^24'] }), world.services);

    expect(result.plan.images.map(({ name, change }) => [name, change])).toEqual([
      ['node', 'changed'],
    ]);
    expect(file('mono.yaml')).toContain('node@^24');
  });

  it('drops from the lockfile what mono.yaml names no more', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    await install(request({ add: ['node@^22'] }), world.services);
    writeFileSync(join(directory(), 'mono.yaml'), 'images: {}\n');

    const result = await install(request({}), world.services);

    expect(result.plan.removed).toEqual(['node']);
    expect(file('mono.lock')).toContain('images: {}');
  });

  it('leaves both files alone when a pull fails, and succeeds when the cause is gone', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    const before = file('mono.yaml');
    world.failure = new MonoError('BLOB_DIGEST_MISMATCH', 'Cannot read the blob');

    await expect(install(request({ add: ['node@^22'] }), world.services)).rejects.toMatchObject({
      code: 'BLOB_DIGEST_MISMATCH',
    });

    expect(file('mono.yaml')).toBe(before);
    expect(file('mono.lock')).toBeUndefined();
    world.failure = undefined;
    await install(request({ add: ['node@^22'] }), world.services);
    expect(file('mono.lock')).toBeDefined();
  });

  it('refuses a build that differs from the locked root', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    await install(request({ add: ['node@^22'] }), world.services);
    const lock = file('mono.lock')!;
    const tampered = lock.replace(rootOf('library/node:22.4.0'), rootOf('something else'));
    writeFileSync(join(directory(), 'mono.lock'), tampered);

    const other = createWorld({ 'library/node': ['22.4.0'] });

    await expect(install(request({}), other.services)).rejects.toMatchObject({
      code: 'LOCKFILE_ROOT_MISMATCH',
    });
    expect(file('mono.lock')).toBe(tampered);
  });

  it('keeps what another command wrote to the project meanwhile', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'], 'library/redis': ['latest'] });
    await initProject(directory());
    const exclusively: InstallServices['exclusively'] = async (place, fn) => {
      world.services.exclusively = async (_place, run) => run();
      await install(request({ add: ['redis'] }), world.services);
      return world.services.exclusively(place, fn);
    };
    world.services.exclusively = exclusively;

    await install(request({ add: ['node@^22'] }), world.services);

    expect(file('mono.yaml')).toContain('redis: docker.io');
    expect(file('mono.yaml')).toContain('node: docker.io');
    expect(file('mono.lock')).toContain('  redis:\n');
    expect(file('mono.lock')).toContain('  node:\n');
  });

  it('says what a dry run would do and changes nothing', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());

    const result = await install(request({ add: ['node@^22'], dryRun: true }), world.services);

    expect([result.fileChanged, result.lockChanged]).toEqual([true, true]);
    expect(file('mono.lock')).toBeUndefined();
  });

  const refused: { name: string; code: string; options: Options; prepare?: () => void }[] = [
    {
      name: 'an outdated lock',
      code: 'LOCKFILE_OUTDATED',
      options: { frozen: true },
      prepare: addRedis,
    },
    {
      name: 'an outdated lock where CI is set',
      code: 'LOCKFILE_OUTDATED',
      options: { frozen: 'whenLocked' },
      prepare: addRedis,
    },
    {
      name: 'an addition to a frozen lock',
      code: 'USAGE_INVALID',
      options: { frozen: true, add: ['redis'] },
    },
    { name: 'something new offline', code: 'OFFLINE', options: { offline: true, add: ['redis'] } },
    { name: 'a range without a tag', code: 'TAG_NOT_FOUND', options: { add: ['node@^99'] } },
    {
      name: 'another repository by a taken name',
      code: 'IMAGE_NAME_TAKEN',
      options: { add: ['ghcr.io/a/node'] },
    },
    {
      name: 'one name for two',
      code: 'USAGE_INVALID',
      options: { add: ['redis', 'a'], name: 'x' },
    },
    {
      name: 'a name outside the grammar',
      code: 'USAGE_INVALID',
      options: { add: ['redis'], name: 'X/Y' },
    },
    {
      name: 'a platform that the lock lacks',
      code: 'PLATFORM_NOT_FOUND',
      options: { architecture: 's390x' },
    },
  ];

  it.each(refused)('refuses $name before any network', async ({ code, options, prepare }) => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    await install(request({ add: ['node@^22'] }), world.services);
    prepare?.();
    const [lock, opened] = [file('mono.lock'), world.opened()];

    const error: unknown = await install(request(options), world.services).catch((e: unknown) => e);

    expect(isMonoError(error) && error.code).toBe(code);
    expect(file('mono.lock')).toBe(lock);
    if (code !== 'TAG_NOT_FOUND') expect(world.opened()).toBe(opened);
  });

  it('installs nothing without a lockfile that is to be frozen', async () => {
    const world = createWorld({});
    await initProject(directory());

    await expect(install(request({ frozen: true }), world.services)).rejects.toMatchObject({
      code: 'LOCKFILE_MISSING',
    });
  });
});

describe('install() where signatures are demanded', () => {
  const signer = `SHA256:${'a'.repeat(43)}`;

  it('locks the key that signed an image, and asks about what is installed too', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    await install(request({ add: ['node@^22'] }), world.services);
    const asked: [string, boolean][] = [];
    world.services.signerOf = ({ reference }, { offline }) => {
      asked.push([formatReference(reference), offline]);
      return Promise.resolve(signer);
    };

    const result = await install(request({ offline: true }), world.services);

    expect(result.plan.images[0]?.action).toBe('keep');
    expect(asked).toEqual([
      [`docker.io/library/node:22.4.0@${digest('index of library/node:22.4.0')}`, true],
    ]);
    expect(file('mono.lock')).toContain(`    signedBy: ${signer}\n`);
  });

  it('leaves the key that is locked as long as the image is the same', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    world.services.signerOf = () => Promise.resolve(signer);
    await install(request({ add: ['node@^22'] }), world.services);
    world.services.signerOf = () => Promise.resolve(signer.replaceAll('a', 'b'));

    await install({ ...request({}), refresh: ['node'] }, world.services);
    const same = file('mono.lock');
    world.tags.set('library/node:22.5.0', 'newer');
    await install({ ...request({}), refresh: ['node'] }, world.services);

    expect(same).toContain(`    signedBy: ${signer}\n`);
    expect(file('mono.lock')).toContain(`    signedBy: ${signer.replaceAll('a', 'b')}\n`);
  });

  it('changes nothing when a signature is missing', async () => {
    const world = createWorld({ 'library/node': ['22.4.0'] });
    await initProject(directory());
    const before = file('mono.yaml');
    const refusal = new MonoError('SIGNATURE_INVALID', 'Cannot trust it');
    world.services.signerOf = () => Promise.reject(refusal);

    await expect(install(request({ add: ['node@^22'] }), world.services)).rejects.toBe(refusal);

    expect(file('mono.yaml')).toBe(before);
    expect(world.events.map(({ type }) => type)).not.toContain('installed');
  });
});

interface Options {
  add?: string[];
  frozen?: InstallRequest['frozen'];
  offline?: boolean;
  dryRun?: boolean;
  name?: string;
  architecture?: string;
}

function request(options: Options): InstallRequest {
  return {
    directory: directory(),
    add: (options.add ?? []).map(parseRequirement),
    platform: { os: 'linux', architecture: options.architecture ?? 'amd64' },
    frozen: options.frozen ?? false,
    offline: options.offline ?? false,
    dryRun: options.dryRun ?? false,
    name: options.name,
  };
}

function addRedis(): void {
  const path = join(directory(), 'mono.yaml');
  writeFileSync(path, `${readFileSync(path, 'utf8')}  redis: redis:7\n`);
}

function createWorld(repositories: Record<string, string[]>): World & { services: Mutable } {
  const tags = new Map<string, string>();
  for (const [repository, names] of Object.entries(repositories)) {
    for (const tag of names) tags.set(`${repository}:${tag}`, `${repository}:${tag}`);
  }
  const built = new Map<Digest, string>();
  const events: InstallEvent[] = [];
  let opened = 0;
  const world: World & { services: Mutable } = {
    events,
    tags,
    failure: undefined,
    opened: () => opened,
    services: {
      resolver() {
        opened += 1;
        return Promise.resolve({
          listTags: ({ repository }) => Promise.resolve(tagsOf(tags, repository)),
          resolve: (reference) => resolveFrom(tags, reference),
        });
      },
      puller: () =>
        Promise.resolve({
          pull({ reference, manifest }) {
            if (world.failure) return Promise.reject(world.failure);
            const root = rootOf(`${reference.repository}:${reference.tag}`);
            built.set(manifest, root);
            return Promise.resolve({ root, fetchedBytes: 10, reusedBytes: 5 });
          },
        }),
      builtRoot: (manifest) => Promise.resolve(built.get(manifest)),
      prepare: () => Promise.resolve(),
      exclusively: async (_directory, fn) => fn(),
      record: () => Promise.resolve(),
      remember: () => Promise.resolve(),
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
    },
  };
  return world;
}

function tagsOf(tags: Map<string, string>, repository: string): string[] {
  const prefix = `${repository}:`;
  return [...tags.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

function resolveFrom(tags: Map<string, string>, reference: Reference): Promise<ResolvedReference> {
  const content = tags.get(`${reference.repository}:${reference.tag}`);
  if (content === undefined) {
    const message = `Cannot find ${formatReference(reference)}`;
    return Promise.reject(new MonoError('TAG_NOT_FOUND', message));
  }
  return Promise.resolve({
    digest: digest(`index of ${content}`),
    platforms: new Map([
      ['linux/amd64', digest(content)],
      ['linux/arm64', digest(`arm64 of ${content}`)],
    ]),
  });
}

type Mutable = { -readonly [Key in keyof InstallServices]: InstallServices[Key] };

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

function rootOf(text: string): string {
  const letters = digest(text)
    .slice('sha256:'.length)
    .replaceAll(/[0189]/g, 'z');
  return `bafyrei${letters.slice(0, 52)}`;
}

function file(name: string): string | undefined {
  try {
    return readFileSync(join(directory(), name), 'utf8');
  } catch {
    return undefined;
  }
}
