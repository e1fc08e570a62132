import { MonoError } from '../../errors.js';
import { noSuchName, type NamedRequirement } from './add-requirements.js';
import {
  install,
  type InstallRequest,
  type InstallResult,
  type InstallServices,
} from './install.js';
import { newestAdmitted } from '../requirement/newest-admitted.js';
import { readProject, type Project } from '../project-file/project-directory.js';
import { formatRequirement } from '../requirement/requirement.js';

/** What a user asks of an upgrade. */
export interface UpgradeRequest extends Pick<
  InstallRequest,
  'directory' | 'platform' | 'dryRun' | 'offline' | 'allowFresh'
> {
  /** names of images; none means all */
  readonly names: readonly string[];
  /** whether ranges and version tags in mono.yaml move on to the newest version */
  readonly latest: boolean;
}

/**
 * Resolves images anew: to the newest tag within their range, or to what their tag names now. With
 * `latest` the requirements themselves move on first.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND`, and as `install`
 */
export async function upgrade(
  request: UpgradeRequest,
  services: InstallServices,
): Promise<InstallResult> {
  const { directory, platform, dryRun, offline, latest, allowFresh } = request;
  if (offline) throw new MonoError('OFFLINE', 'Cannot look for newer versions offline');
  const project = await readProject(directory);
  const names = namesOf(project, request.names);
  const moved = latest ? await moveToNewest(project, names, { allowFresh, services }) : [];
  return install(
    {
      directory,
      platform,
      dryRun,
      offline,
      allowFresh,
      frozen: false,
      add: [],
      set: moved,
      action: 'upgrade',
      refresh: names,
    },
    services,
  );
}

function namesOf({ file }: Project, names: readonly string[]): string[] {
  const known = [...file.images.keys()];
  for (const name of names) if (!known.includes(name)) throw noSuchName('image', name, known);
  return names.length === 0 ? known : [...new Set(names)];
}

async function moveToNewest(
  { file }: Project,
  names: readonly string[],
  options: { readonly allowFresh: boolean | undefined; readonly services: InstallServices },
): Promise<NamedRequirement[]> {
  const { minimumReleaseAgeMs } = file;
  const { allowFresh, services } = options;
  const resolver = await services.resolver({ minimumReleaseAgeMs, allowFresh });
  const moved: NamedRequirement[] = [];
  for (const name of names) {
    const requirement = file.images.get(name);
    if (!requirement) continue;
    const newer = await newestAdmitted(requirement, resolver);
    if (formatRequirement(newer) !== formatRequirement(requirement))
      moved.push({ name, requirement: newer });
  }
  return moved;
}
