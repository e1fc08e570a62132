import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import type { InstallEvent } from '../../../src/lib/project/install/install.js';
import { watchTags } from '../../../src/lib/project/install/moved-tags.js';
import type { PlannedImage } from '../../../src/lib/project/install/plan-install.js';

const [OLD, NEW] = ['old', 'new'].map((text) => digestOf(Buffer.from(text))) as [Digest, Digest];

describe('watchTags()', () => {
  it('tells of tags that name other bytes than those that are locked', async () => {
    const { moved, events } = await watch([imageOf('node:22', 'pull')], { 'node:22': NEW });

    const expected = { name: 'node', resolved: 'docker.io/library/node:22', locked: OLD, now: NEW };
    expect(moved).toEqual([expected]);
    expect(events).toEqual([{ type: 'moved', ...expected }]);
  });

  it('looks at images that are installed already when others are fetched', async () => {
    const images = [imageOf('node:22', 'keep'), imageOf('redis:7', 'pull')];

    const { moved } = await watch(images, { 'node:22': NEW, 'redis:7': OLD });

    expect(moved.map(({ name }) => name)).toEqual(['node']);
  });

  it.each<[string, PlannedImage[], Partial<Parameters<typeof watchTags>[1]>]>([
    ['nothing else is asked of a registry', [imageOf('node:22', 'keep')], {}],
    ['the install is offline', [imageOf('node:22', 'pull')], { offline: true }],
    ['the tag was resolved anew just now', [imageOf('node:22', 'pull')], { isAsked: () => true }],
    ['a digest was asked for', [imageOf(`node:22@${OLD}`, 'pull')], {}],
    ['a file of this machine is meant', [imageOf('oci:/images:22', 'pull')], {}],
  ])('asks nothing when %s', async (_name, images, options) => {
    const { moved, asked } = await watch(images, {}, options);

    expect([moved, asked]).toEqual([[], []]);
  });

  it('takes no answer for no news', async () => {
    const { moved } = await watch([imageOf('node:22', 'pull')], {});

    expect(moved).toEqual([]);
  });
});

async function watch(
  images: PlannedImage[],
  now: Record<string, Digest>,
  options: Partial<Parameters<typeof watchTags>[1]> = {},
) {
  const events: InstallEvent[] = [];
  const asked: string[] = [];
  const plan = { images, removed: [] };
  const look = watchTags(plan, {
    isAsked: () => false,
    offline: false,
    services: {
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
      resolver: () =>
        Promise.resolve({
          listTags: () => Promise.resolve([]),
          resolve: () => Promise.reject(new Error('not asked for')),
          headDigest: ({ repository, tag }) => {
            const key = `${repository.replace('library/', '')}:${tag}`;
            asked.push(key);
            const found = now[key];
            return found ? Promise.resolve(found) : Promise.reject(new Error('unreachable'));
          },
        }),
    },
    ...options,
  });
  return { moved: await look.end(), events, asked };
}

function imageOf(text: string, action: 'keep' | 'pull'): PlannedImage {
  const resolved = text.startsWith('oci:') ? text : `docker.io/library/${text}`;
  const locked = {
    requirement: resolved,
    resolved,
    digest: OLD,
    platforms: new Map([['linux/amd64', { manifest: OLD }]]),
  };
  return {
    name: text.split(':')[0]!,
    locked,
    platform: 'linux/amd64',
    manifest: OLD,
    root: undefined,
    action,
    change: 'none',
    before: locked,
    heldBack: [],
  };
}
