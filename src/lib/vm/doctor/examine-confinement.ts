import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { HostFacts } from '../host-facts.js';
import { fileCheck, type HostCheck } from './host-check.js';
import { installCommand, type PackageManager } from './install-command.js';

/** What {@link examineConfinement} works with. */
interface ExamineConfinementOptions {
  /** path of QEMU's launcher, which knows the kernel's Landlock */
  readonly launcher: string;
  readonly manager: PackageManager | undefined;
}

/** What refuses user namespaces where they could be, and the value with which it does not. */
const NAMESPACE_SETTINGS = [
  { name: 'kernel.apparmor_restrict_unprivileged_userns', refuses: '1', allows: '0' },
  { name: 'kernel.unprivileged_userns_clone', refuses: '0', allows: '1' },
  { name: 'user.max_user_namespaces', refuses: '0', allows: '15000' },
] as const;
/** Both programs that are asked answer at once. */
const TIMEOUT_MS = 5000;

/** Returns what keeps guests of QEMU, and the processes that serve them, in their place. */
export async function examineConfinement(
  facts: HostFacts,
  { launcher, manager }: ExamineConfinementOptions,
): Promise<HostCheck[]> {
  const missing = facts.missingConfinement;
  return [
    fileCheck('QEMU launcher', missing === undefined ? launcher : undefined, {
      missing: `${missing} is not there`,
      purpose: 'confines QEMU and keeps its guests off the loopback; without it none starts',
      fix: 'bash scripts/build-native',
    }),
    await landlockCheck(launcher),
    fileCheck('unshare', facts.unshare, {
      ...{ missing: 'it is not there', purpose: 'confines virtiofsd' },
      fix: installCommand('util-linux', manager),
    }),
    ...(facts.isRoot ? [] : [await namespaceCheck(facts.unshare)]),
  ];
}

async function landlockCheck(launcher: string): Promise<HostCheck> {
  const version = Number((await answerOf(launcher, ['--landlock'])) ?? Number.NaN);
  return {
    name: 'Landlock',
    status: version > 0 ? 'present' : 'missing',
    found: version > 0 ? `version ${version}` : version === 0 ? 'not in this kernel' : 'not known',
    purpose: 'keeps a VMM that its guest took over from files of its user (Linux 5.13 and newer)',
    fix: null,
  };
}

/** What virtiofsd needs of the kernel where it is not started by root. */
async function namespaceCheck(unshare: string | undefined): Promise<HostCheck> {
  const isAllowed =
    unshare !== undefined &&
    (await answerOf(unshare, ['--user', '--map-root-user', '--mount', 'true'])) !== undefined;
  const setting = isAllowed ? undefined : await refusingSetting();
  return {
    name: 'user namespaces',
    status: isAllowed ? 'present' : 'missing',
    found: isAllowed ? 'allowed' : 'refused to this user',
    purpose: 'directories shared with QEMU machines (-v), without root',
    fix: setting === undefined ? null : `sudo sysctl -w ${setting.name}=${setting.allows}`,
  };
}

async function refusingSetting(): Promise<(typeof NAMESPACE_SETTINGS)[number] | undefined> {
  for (const setting of NAMESPACE_SETTINGS) {
    const path = `/proc/sys/${setting.name.replaceAll('.', '/')}`;
    const value = await readFile(path, 'latin1').catch(() => '');
    if (value.trim() === setting.refuses) return setting;
  }
  return undefined;
}

/** Returns what a program writes, or undefined when it fails. */
async function answerOf(program: string, args: readonly string[]): Promise<string | undefined> {
  const env = { PATH: '/usr/bin:/bin' };
  const run = promisify(execFile)(program, args, { env, timeout: TIMEOUT_MS });
  return run.then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}
