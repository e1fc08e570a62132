import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Digest } from '../base/digest.js';
import type { KeptVersions } from '../project/compare/kept-versions.js';
import type { RootLease } from '../project/gc/root-leases.js';
import type { HistoryLog } from '../project/history/history-log.js';
import type { StampedProject } from '../project/install/install-stamp.js';
import type { SaveServices } from '../project/install/save-project.js';
import {
  findProject,
  projectNotFound,
  readIfPresent,
} from '../project/project-file/project-directory.js';
import type { ReleasePolicySettings } from '../project/policy/release-policy.js';
import type { ImageResolver } from '../project/requirement/resolve-requirement.js';
import type { UserConfig } from '../project/user-config.js';
import type { RegistryClient } from '../registry/client.js';
import { hostPlatform, parsePlatform, type Platform } from '../registry/platform.js';
import type { Sandboxes } from '../vm/sandboxes/sandboxes.js';
import { machinePlaces, type MachinePlaces } from './compose/machine-places.js';
import type { MachineHost } from './compose/open-machine-host.js';
import type { RootDisk } from '../vm/root-disk.js';
import type { VmmWish } from '../vm/vmm-wish.js';
import { resolveDirectories, type Directories } from './directories.js';
import type { AccountServices } from './compose/account-services.js';
import type { ImageStore } from './compose/image-store.js';
import { Interrupts } from './program/interrupts.js';
import { Output } from './terminal/output.js';
import { wantsColor } from './terminal/style.js';

/** What the global flags say, and where the program is. */
export interface ContextOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly 'no-color': boolean;
  readonly directory?: string | undefined;
  readonly json: boolean;
  /** directory of the package */
  readonly programRoot: string;
  readonly version: string;
}

/**
 * The one place where the parts of the program are chosen and put together. Each part is loaded and
 * opened when it is first asked for, so that a command pays for nothing that it does not use.
 */
export class Context {
  readonly output: Output;
  /** directory that the command works in */
  readonly directory: string;
  readonly directories: Directories;
  readonly #options: ContextOptions;
  readonly #interrupts = new Interrupts();
  readonly #images: { reading?: Promise<ImageStore>; writing?: Promise<ImageStore> } = {};
  readonly #leases: RootLease[] = [];
  #sandboxes: Sandboxes | undefined;
  #config: Promise<UserConfig> | undefined;
  #registry: Promise<RegistryClient> | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.directory = resolve(process.cwd(), options.directory ?? '.');
    this.directories = resolveDirectories(process.env, homedir());
    this.output = new Output({
      stdout: process.stdout,
      stderr: process.stderr,
      verbosity: options.quiet ? 'quiet' : options.verbose ? 'verbose' : 'normal',
      json: options.json,
      color: !options['no-color'] && wantsColor(process.env, process.stderr.isTTY),
    });
  }

  /** aborted by the first interrupt */
  get signal(): AbortSignal {
    return this.#interrupts.signal;
  }

  /** whether this runs in continuous integration, by the variable that all such services set */
  get isCi(): boolean {
    return !['', '0', 'false'].includes(process.env['CI'] ?? '');
  }

  /** directory of the user's own project, which need not exist yet */
  get globalProject(): string {
    return join(this.directories.data, 'global');
  }

  /** Returns the platform that a flag names, or that of this machine. */
  platform(text?: string): Platform {
    return text === undefined ? hostPlatform(process.arch) : parsePlatform(text);
  }

  /** Returns the directory of the nearest project, if there is one. */
  async nearestProject(): Promise<string | undefined> {
    return findProject(this.directory);
  }

  /**
   * Returns the directory of the project that a command works on; the user's own one is started
   * when it is first asked for.
   *
   * @throws {MonoError} `PROJECT_NOT_FOUND`
   */
  async projectDirectory({ global }: { readonly global: boolean }): Promise<string> {
    if (global) {
      const { ensureProject } = await import('../project/project-file/project-directory.js');
      await ensureProject(this.globalProject);
      return this.globalProject;
    }
    const directory = await this.nearestProject();
    if (directory === undefined) throw projectNotFound(this.directory);
    return directory;
  }

  /** Returns the user's configuration. */
  async userConfig(): Promise<UserConfig> {
    this.#config ??= this.#readConfig();
    return this.#config;
  }

  /** Returns the root that the store has of a manifest. */
  async builtRoot(manifest: Digest): Promise<string | undefined> {
    const { catalog } = await this.openedImages();
    return (await catalog.findImage(manifest))?.root.toString();
  }

  /** Runs `fn` while no other process changes the files of the project in `directory`. */
  async exclusively<T>(directory: string, fn: () => Promise<T>): Promise<T> {
    const { withProjectLock } = await import('../project/lockfile/project-lock.js');
    const place = { dataDirectory: this.directories.data, directory };
    return withProjectLock(place, this.signal, fn);
  }

  /** Returns what changing a project's files takes. */
  saveServices(): SaveServices {
    return {
      exclusively: (directory, fn) => this.exclusively(directory, fn),
      record: (directory, states, action) =>
        this.withHistory((history) => history.record(directory, states, action)),
    };
  }

  /** Notes that an install of a project for this machine has nothing to do until something changes. */
  async settle(project: StampedProject): Promise<void> {
    const { writeStamp } = await import('./compose/write-stamp.js');
    const { version } = this.#options;
    await writeStamp(project, {
      dataDirectory: this.directories.data,
      configFile: this.directories.configFile,
      version,
      architecture: process.arch,
    });
  }

  /** Returns what `fn` does with the history. */
  async withHistory<T>(fn: (history: HistoryLog) => T): Promise<T> {
    const { openHistory } = await import('../project/history/history-log.js');
    const { identityOf } = await import('../project/history/image-state.js');
    const history = openHistory(this.directories.data, identityOf);
    try {
      return fn(history);
    } finally {
      history.close();
    }
  }

  /** Returns the way to the registries for images that run on `platform`, as a policy has it. */
  async resolver(
    platform: Platform = this.platform(),
    policy: ReleasePolicySettings = {},
  ): Promise<ImageResolver> {
    const { policyResolver } = await import('./compose/policy-resolver.js');
    const { signal } = this;
    const client = await this.registryClient();
    const config = await this.userConfig();
    const dataDirectory = this.directories.data;
    return policyResolver({ client, config, dataDirectory, platform, signal }, policy);
  }

  /** Returns what logging in and out works with. */
  async accounts(): Promise<AccountServices> {
    const { accountServices } = await import('./compose/account-services.js');
    const { version } = this.#options;
    const config = await this.userConfig();
    return accountServices({ directories: this.directories, config, version });
  }

  /**
   * Returns the bootable disk of a root, made first where it is missing. It is not collected until
   * this context is closed.
   */
  async rootDisk(root: string): Promise<RootDisk> {
    const { RootLeases } = await import('../project/gc/root-leases.js');
    this.#leases.push(await new RootLeases(this.directories.data).take(root, this.signal));
    const { materialise } = await import('./compose/installed-image.js');
    const images = await this.openedImages();
    return materialise(images, { root, directory: this.rootfsDirectory, signal: this.signal });
  }

  /** Returns what `fn` does with the kept versions. */
  async withVersions<T>(fn: (versions: KeptVersions) => T): Promise<T> {
    const { openKeptVersions } = await import('../project/compare/kept-versions.js');
    const versions = openKeptVersions(this.directories.data);
    try {
      return fn(versions);
    } finally {
      versions.close();
    }
  }

  /** Returns the sandboxes of this user, opened when they are first asked for. */
  async sandboxes(): Promise<Sandboxes> {
    const module = await import('../vm/sandboxes/sandboxes.js');
    return (this.#sandboxes ??= new module.Sandboxes(this.directories.data));
  }

  /** where what machines need is looked for */
  get machinePlaces(): MachinePlaces {
    const { programRoot } = this.#options;
    return machinePlaces({ programRoot, cacheDirectory: this.directories.cache });
  }

  /** Returns what starts machines on this host: what is wished for, here or in the configuration. */
  async machineHost(wish?: VmmWish): Promise<MachineHost> {
    const { openMachineHost } = await import('./compose/open-machine-host.js');
    const { output, directories, machinePlaces: places } = this;
    const { vmm } = (await this.userConfig()).defaults;
    return openMachineHost({
      places,
      cacheDirectory: directories.cache,
      output,
      wish: wish ?? vmm,
    });
  }

  /** Passes signals on to `forward` until the returned function is called. */
  forwardSignals(forward: (signal: NodeJS.Signals) => void): () => void {
    return this.#interrupts.forward(forward);
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    this.#interrupts.close();
    this.#sandboxes?.close();
    for (const lease of this.#leases) lease.release();
    (await this.#registry?.catch(() => undefined))?.close();
    for (const opening of [this.#images.writing, this.#images.reading]) {
      const images = await opening?.catch(() => undefined);
      await images?.close();
    }
  }

  /** where the bootable images of roots are */
  get rootfsDirectory(): string {
    return join(this.directories.cache, 'rootfs');
  }

  /** Returns the store, opened when it is first asked for; writing keeps others from collecting. */
  async imageStore(access: 'reading' | 'writing'): Promise<ImageStore> {
    return (this.#images[access] ??= this.#openImageStore(access));
  }

  async #openImageStore(access: 'reading' | 'writing'): Promise<ImageStore> {
    const { openImageStore, tellingLockWait } = await import('./compose/image-store.js');
    const lockWait = tellingLockWait(this.output, this.signal);
    return openImageStore({ directory: this.directories.data, access, lockWait });
  }

  /** Returns the store as it is open already: what was just written is seen there first. */
  async openedImages(): Promise<ImageStore> {
    return this.#images.writing ?? this.imageStore('reading');
  }

  /** Returns the way to all registries. */
  async registryClient(): Promise<RegistryClient> {
    this.#registry ??= this.#openRegistry();
    return this.#registry;
  }

  async #openRegistry(): Promise<RegistryClient> {
    const { openRegistry } = await import('./compose/open-registry.js');
    const { source } = await this.accounts();
    const { version } = this.#options;
    const config = await this.userConfig();
    const sources = {
      directory: (await this.nearestProject()) ?? this.globalProject,
      store: async () => (await this.imageStore('writing')).store,
      platform: this.platform(),
    };
    const dataDirectory = this.directories.data;
    return openRegistry({ config, version, credentials: source, sources, dataDirectory });
  }

  async #readConfig(): Promise<UserConfig> {
    const { readUserConfig } = await import('../project/user-config.js');
    const path = this.directories.configFile;
    return readUserConfig((await readIfPresent(path)) ?? '', path);
  }
}
