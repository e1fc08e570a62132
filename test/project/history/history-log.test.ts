import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import {
  openHistory,
  type ChangeAction,
  type RecordedChange,
} from '../../../src/lib/project/history/history-log.js';
import {
  identityOf,
  imageStates,
  lockedImageOf,
  removedState,
} from '../../../src/lib/project/history/image-state.js';
import { earlierState } from '../../../src/lib/project/history/rollback.js';
import type { Lockfile } from '../../../src/lib/project/lockfile/lockfile.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const directory = useTemporaryDirectory();
const ROOT = `bafyrei${'a'.repeat(52)}`;

describe('HistoryLog', () => {
  it('records a state once, however often it is found again', () => {
    record('install', lock('1.0.0'));
    record('lockfile', lock('1.0.0'));

    expect(listed()).toMatchObject([{ action: 'install', version: '1.0.0' }]);
  });

  it('keeps what the entry of a state learnt last', () => {
    record('install', lock('1.0.0'));
    record('install', lock('1.0.0', ROOT));

    const [change] = listed();
    expect(listed()).toHaveLength(1);
    expect(lockedImageOf(change?.entry ?? '').platforms.get('linux/amd64')?.root).toBe(ROOT);
  });

  it('keeps projects apart, and numbers rising across them', () => {
    record('install', lock('1.0.0'), '/a');
    record('install', lock('1.0.0'), '/b');
    record('upgrade', lock('2.0.0'), '/a');

    expect(listed('/a').map(({ number }) => number)).toEqual([1, 3]);
    expect(listed('/b').map(({ number }) => number)).toEqual([2]);
  });

  it('records a removal, but not of what it never knew', () => {
    const history = open();
    history.record('/p', [removedState('node')], 'remove');
    history.close();
    record('install', lock('1.0.0'));
    const again = open();
    again.record('/p', [removedState('node')], 'remove');
    again.close();

    expect(listed().map(({ action }) => action)).toEqual(['install', 'remove']);
  });
});

describe('earlierState()', () => {
  it('is the state before the present one', () => {
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) record('upgrade', lock(version));

    expect(earlierState(listed(), 'node').version).toBe('2.0.0');
    expect(earlierState(listed(), 'node', '1.0.0').number).toBe(1);
    expect(earlierState(listed(), 'node', digest('1.0.0').slice(0, 20)).number).toBe(1);
  });

  it('is never the present one', () => {
    record('install', lock('1.0.0'));

    expect(() => earlierState(listed(), 'node', '1.0.0')).toThrow(
      expect.objectContaining({ code: 'VERSION_NOT_FOUND' }),
    );
  });
});

function record(action: ChangeAction, content: Lockfile, project = '/p'): void {
  const history = open();
  history.record(project, imageStates('images:\n  node: "node@^1"\n', content), action);
  history.close();
}

function listed(project = '/p'): RecordedChange[] {
  const history = open();
  const changes = history.list(project);
  history.close();
  return changes;
}

function open(): ReturnType<typeof openHistory> {
  return openHistory(directory(), identityOf);
}

function lock(version: string, root?: string): Lockfile {
  const manifest = digest(`amd64 ${version}`);
  const platform = root === undefined ? { manifest } : { manifest, root };
  const node = {
    requirement: 'docker.io/library/node@^1',
    resolved: `docker.io/library/node:${version}`,
    digest: digest(version),
    platforms: new Map([['linux/amd64', platform]]),
  };
  return { images: new Map([['node', node]]) };
}

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}
