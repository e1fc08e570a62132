import type { Digest } from '../../base/digest.js';
import { invariant } from '../../errors.js';
import type { Platform } from '../../registry/platform.js';
import { parseCid } from '../compare/version-name.js';
import { defaultName } from '../install/add-requirements.js';
import { findRunTarget, type RunTarget, type TargetKind } from './find-run-target.js';
import { install, type InstallRequest, type InstallServices } from '../install/install.js';
import {
  mergeCommand,
  type GuestCommand,
  type ImageDefaults,
  type RunOverrides,
} from './merge-command.js';
import {
  initProject,
  readProjectIfPresent,
  type Project,
} from '../project-file/project-directory.js';
import {
  mergeDevices,
  type DeviceSettings,
  type SandboxDevices,
} from '../sandbox/device-settings.js';
import { anchorMount } from '../sandbox/mount-setting.js';
import type { SandboxDefaults } from '../user-config.js';

/** What a sandbox has when nobody says otherwise. */
export const DEFAULT_CPUS = 1;
/** Enough for an interpreter and a small service, little enough to run a dozen on a laptop. */
export const DEFAULT_MEMORY_MIB = 512;

/** What is to be run, as it was asked for. */
export interface RunRequest {
  readonly target: string;
  readonly kind: TargetKind;
  /** directory of the nearest project, if there is one */
  readonly project: string | undefined;
  /** directory of the user's global project, which need not exist yet */
  readonly globalProject: string;
  /** what the command line says about the command */
  readonly overrides: RunOverrides;
  /** what the command line says about devices */
  readonly devices: DeviceSettings;
  /** what relative paths of the command line begin at */
  readonly directory: string;
  readonly home: string;
  readonly cpus?: number | undefined;
  readonly memoryMib?: number | undefined;
  readonly defaults: SandboxDefaults;
  readonly platform: Platform;
  readonly frozen: InstallRequest['frozen'];
  readonly offline: boolean;
}

/** What running an image needs beside installing it. */
export interface ImageServices extends InstallServices {
  /** Returns what the configuration of an installed image says about how it is run. */
  imageDefaults(manifest: Digest): Promise<ImageDefaults>;
}

/** What running whatever somebody names needs. */
export interface RunServices extends ImageServices {
  /** Returns the kept version that has this name or CID, if one has. */
  keptVersion(target: string): Promise<KeptTarget | undefined>;
}

/** A version that can be run. */
export interface KeptTarget {
  readonly root: string;
  /** manifest of the installed image that it came from, if it came from one */
  readonly manifest: Digest | undefined;
}

/** What a tree says that came from no image. */
const NO_DEFAULTS: ImageDefaults = {
  entrypoint: [],
  cmd: [],
  env: [],
  workdir: undefined,
  user: undefined,
};

/** A machine that is ready to start. */
export interface PreparedRun {
  /** the sandbox's name, or the image's */
  readonly name: string;
  /** the sandbox of a project that it is, if it is one */
  readonly sandboxName: string | undefined;
  /** CID of the root directory */
  readonly root: string;
  readonly command: GuestCommand;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly devices: SandboxDevices;
  /** names of the sandboxes of the project that run before it */
  readonly dependsOn: readonly string[];
  /** name or number of the signal that asks its command to end, if the image says */
  readonly stopSignal: string | undefined;
}

/**
 * Finds what `request.target` stands for, installs it where it is not installed yet, and returns
 * the machine to start. What no project names is a kept version, or goes into the user's global
 * project.
 *
 * @throws {MonoError} as `findRunTarget`, `install` and `mergeCommand`
 */
export async function prepareRun(request: RunRequest, services: RunServices): Promise<PreparedRun> {
  const projects = await readProjects(request);
  const target = findRunTarget(request.target, request.kind, projects);
  const { name, root, manifest } = await installTarget(target, { request, services });
  const sandbox = target.kind === 'named' ? target.sandbox : undefined;
  const definition = sandbox?.definition;
  const defaults = manifest ? await services.imageDefaults(manifest) : NO_DEFAULTS;
  const overrides = definition ? [definition, request.overrides] : [request.overrides];
  return {
    name: sandbox?.name ?? name,
    sandboxName: sandbox?.name,
    root,
    command: mergeCommand(defaults, overrides),
    ...sizeOf([request, definition ?? {}, request.defaults]),
    devices: devicesOf(target, request),
    dependsOn: definition?.dependsOn ?? [],
    stopSignal: defaults.stopSignal,
  };
}

function devicesOf(target: RunTarget, request: RunRequest): SandboxDevices {
  const asked = anchored(request.devices, request.directory, request);
  if (target.kind !== 'named') return mergeDevices([asked]);
  const defined = target.sandbox?.definition.devices ?? {};
  return mergeDevices([anchored(defined, target.directory, request), asked]);
}

/** Paths in a project file begin at its directory, those of the command line where it is given. */
function anchored(
  settings: DeviceSettings,
  directory: string,
  request: RunRequest,
): DeviceSettings {
  const { mounts } = settings;
  if (!mounts) return settings;
  const { home } = request;
  return { ...settings, mounts: mounts.map((mount) => anchorMount(mount, { directory, home })) };
}

/** The first that says something wins. */
function sizeOf(
  sources: readonly { cpus?: number | undefined; memoryMib?: number | undefined }[],
): Pick<PreparedRun, 'cpus' | 'memoryMib'> {
  return {
    cpus: sources.find((it) => it.cpus !== undefined)?.cpus ?? DEFAULT_CPUS,
    memoryMib: sources.find((it) => it.memoryMib !== undefined)?.memoryMib ?? DEFAULT_MEMORY_MIB,
  };
}

interface InstalledTarget {
  readonly name: string;
  readonly root: string;
  readonly manifest: Digest | undefined;
}

async function readProjects({ project, globalProject }: RunRequest): Promise<Project[]> {
  const nearest = project === undefined ? undefined : await readProjectIfPresent(project);
  const global = await readProjectIfPresent(globalProject);
  return [nearest, global].filter((it) => it !== undefined);
}

async function installTarget(
  target: RunTarget,
  { request, services }: { readonly request: RunRequest; readonly services: RunServices },
): Promise<InstalledTarget> {
  const { platform, frozen, offline } = request;
  const common = { platform, offline, dryRun: false };
  if (target.kind === 'named') {
    const { directory, image } = target;
    const only = [image];
    const result = await install({ ...common, directory, frozen, add: [], only }, services);
    return installed(result.plan.images, image);
  }
  const version = await services.keptVersion(request.target);
  if (version) return { name: hostnameOf(request.target), ...version };
  const directory = request.globalProject;
  const name = await freeName(directory, defaultName(target.requirement));
  const add = [target.requirement];
  const result = await install(
    { ...common, directory, frozen: false, add, name, only: [name] },
    services,
  );
  return installed(result.plan.images, name);
}

/** A CID is a little long to be seen in every prompt. */
function hostnameOf(target: string): string {
  return parseCid(target) ? `version-${target.slice(-8)}` : target;
}

function installed(
  images: readonly { name: string; root: string | undefined; manifest: Digest }[],
  name: string,
): InstalledTarget {
  const image = images.find((it) => it.name === name);
  invariant(image?.root !== undefined, 'an install gives every image a root');
  return { name, root: image.root, manifest: image.manifest };
}

/** The name in the global project for one more image: what stands there is not replaced. */
async function freeName(globalProject: string, wanted: string): Promise<string> {
  const project = await readProjectIfPresent(globalProject);
  if (!project) {
    await initProject(globalProject);
    return wanted;
  }
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted.slice(0, 58)}-${number}`;
    if (!project.file.images.has(name)) return name;
  }
}
