import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushOciLayout, type PushTarget } from './push-oci-layout.js';
import { writeOciLayout, type OciImageInput } from './oci-layout.js';

/** What an image made of Debian's busybox-static differs in from another one. */
export interface BusyboxImage {
  readonly tag: string;
  /** content of /etc/release; images with the same one share their layer */
  readonly release?: string;
  /** more files, by path */
  readonly files?: Readonly<Record<string, string>>;
  /** the `config` object of the image configuration */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Pushes an image of one layer for two platforms as `repository:tag`; returns its digest. */
export async function pushBusybox(
  registry: PushTarget,
  repository: string,
  image: BusyboxImage,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'mono-busybox-'));
  try {
    const layers = [busyboxLayer(directory, image)];
    const config = { Env: ['PATH=/bin'], Cmd: ['sh'], ...image.config };
    const inputs: OciImageInput[] = ['amd64', 'arm64'].map((architecture) => ({
      layers,
      config,
      platform: { os: 'linux', architecture },
    }));
    const layout = await writeOciLayout(join(directory, 'oci'), inputs, { tag: image.tag });
    return await pushOciLayout(registry, layout.directory, `${repository}:${image.tag}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same bytes on every machine that has the same busybox. */
function busyboxLayer(directory: string, { release = '1', files = {} }: BusyboxImage): Uint8Array {
  const tree = join(directory, 'tree');
  for (const name of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp']) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
  copyFileSync(busybox, join(tree, 'bin/busybox'));
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (applet !== 'busybox') symlinkSync('busybox', join(tree, 'bin', applet));
  }
  writeFileSync(
    join(tree, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n',
  );
  writeFileSync(join(tree, 'etc/release'), `${release}\n`);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
  const tar = join(directory, 'layer.tar');
  const stable = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [...stable, '--mode=go-w', '-C', tree, '-cf', tar, '.']);
  return readFileSync(tar);
}
