import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineConfinement } from '../../../src/lib/vm/doctor/examine-confinement.js';
import { readHostFacts, type HostFacts } from '../../../src/lib/vm/host-facts.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { VMM_OPTIONS } from '../support/vmm-options.js';

const temporary = useTemporaryDirectory();

async function factsWith(changes: Partial<HostFacts>): Promise<HostFacts> {
  return { ...(await readHostFacts(VMM_OPTIONS)), ...changes };
}

/** A program that writes `text` and ends with `exitCode`. */
function program(text: string, exitCode = 0): string {
  const path = join(temporary(), 'program');
  writeFileSync(path, `#!/bin/sh\nprintf '${text}'\nexit ${exitCode}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function check(
  name: string,
  changes: Partial<HostFacts>,
  launcher = VMM_OPTIONS.qemu.launcher,
): Promise<unknown> {
  const options = { launcher, manager: 'apt-get' } as const;
  const checks = await examineConfinement(await factsWith(changes), options);
  return checks.find((it) => it.name === name);
}

describe('examineConfinement()', () => {
  it('finds the launcher and what it uses of the kernel', async () => {
    const { launcher } = VMM_OPTIONS.qemu;

    expect(await check('QEMU launcher', {})).toMatchObject({ status: 'present', found: launcher });
    expect(await check('Landlock', {})).toMatchObject({
      status: 'present',
      found: expect.stringMatching(/^version [1-9]/) as string,
    });
  });

  it('says what to build where a part of the confinement is not there', async () => {
    expect(await check('QEMU launcher', { missingConfinement: '/b/mono-qemu' })).toMatchObject({
      ...{ status: 'missing', found: '/b/mono-qemu is not there' },
      fix: 'bash scripts/build-native',
    });
  });

  it.each([
    { name: 'a kernel without it', answer: '0\\n', exitCode: 0, found: 'not in this kernel' },
    { name: 'a launcher that cannot say', answer: '', exitCode: 80, found: 'not known' },
  ])('says that Landlock is missing for $name', async ({ answer, exitCode, found }) => {
    const launcher = program(answer, exitCode);

    expect(await check('Landlock', {}, launcher)).toMatchObject({ status: 'missing', found });
  });

  it('asks for user namespaces where mono does not run as root', async () => {
    expect(await check('user namespaces', { isRoot: true })).toBeUndefined();
    expect(await check('user namespaces', { isRoot: false })).toMatchObject({ status: 'present' });
    expect(
      await check('user namespaces', { isRoot: false, unshare: program('', 1) }),
    ).toMatchObject({ status: 'missing', found: 'refused to this user' });
  });

  it('names the package of unshare', async () => {
    expect(await check('unshare', { unshare: undefined })).toMatchObject({
      ...{ status: 'missing', fix: 'sudo apt-get install -y util-linux' },
    });
  });
});
