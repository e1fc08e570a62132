import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import { collect } from '../../../src/lib/base/async.js';
import { writeOciLayout } from '../../support/oci-layout.js';
import type { LayerStep } from './model-fs.js';

/** A step of a layer, with the time that its tar header states. */
export type TarStep = (
  LayerStep | { readonly op: 'symlink'; readonly path: string; readonly target: string }
) & {
  readonly mtime: number;
};

/** Stands in a listing for the time of a directory that was touched while unpacking. */
export const UNPACKING_TIME = 'unpacking';

const run = promisify(execFile);

/** Unpacks layers with `umoci`, in a directory that does not exist, and lists what is there. */
export async function umociListing(
  directory: string,
  layers: readonly (readonly TarStep[])[],
): Promise<string[]> {
  const started = Math.floor(Date.now() / 1000);
  await mkdir(directory);
  const layout = join(directory, 'layout');
  const tars = await Promise.all(layers.map(async (steps) => ({ tar: await tarOf(steps) })));
  await writeOciLayout(layout, { layers: tars }, { tag: 'test' });
  await run('umoci', ['unpack', '--image', `${layout}:test`, join(directory, 'bundle')]);
  return listing(join(directory, 'bundle', 'rootfs'), started);
}

async function tarOf(steps: readonly TarStep[]): Promise<Uint8Array> {
  const tar = pack();
  for (const step of steps) {
    const header = { mtime: new Date(step.mtime * 1000), uid: 0, gid: 0 };
    const name = step.path;
    if (step.op === 'file') {
      tar.entry({ ...header, name, mode: step.mode }, String(step.content));
    } else if (step.op === 'directory') {
      tar.entry({ ...header, name: name === '' ? './' : name, type: 'directory', mode: step.mode });
    } else if (step.op === 'link') {
      tar.entry({ ...header, name, type: 'link', linkname: step.target });
    } else if (step.op === 'symlink') {
      tar.entry({ ...header, name, type: 'symlink', linkname: step.target, mode: 0o777 });
    } else {
      tar.entry({ ...header, name: whiteoutName(step) }, '');
    }
  }
  tar.finalize();
  return collect(tar as AsyncIterable<Uint8Array>, {
    limitBytes: 2 ** 24,
    tooLarge: () => new Error('too large') as never,
  });
}

function whiteoutName(step: {
  readonly op: 'tombstone' | 'opaque';
  readonly path: string;
}): string {
  if (step.op === 'opaque') return join(step.path, '.wh..wh..opq');
  return join(step.path, '..', `.wh.${step.path.slice(step.path.lastIndexOf('/') + 1)}`);
}

async function listing(root: string, started: number): Promise<string[]> {
  const lines: string[] = [];
  const first = new Map<number, string>();
  async function visit(path: string): Promise<void> {
    const full = join(root, path);
    const status = await lstat(full);
    const mode = status.mode & 0o7777;
    const seconds = Math.floor(status.mtimeMs / 1000);
    if (status.isDirectory()) {
      lines.push(`/${path} directory ${mode} ${seconds < started ? seconds : UNPACKING_TIME}`);
      for (const name of (await readdir(full)).sort()) await visit(path ? `${path}/${name}` : name);
      return;
    }
    const name = first.get(status.ino) ?? path;
    first.set(status.ino, name);
    const detail = status.isSymbolicLink() ? await readlink(full) : await readFile(full, 'latin1');
    const kind = status.isSymbolicLink() ? 'symlink' : 'file';
    lines.push(`/${path} ${kind} ${mode} ${seconds} ${detail} =/${name}`);
  }
  await visit('');
  return lines;
}
