import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { MONITOR } from '../support/vmm-options.js';

const temporary = useTemporaryDirectory();

it('a monitor keeps nothing open that whoever called mono has open', async () => {
  const secret = join(temporary(), 'secret');
  const child = spawn(MONITOR, [], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', openSync(secret, 'w')],
    cwd: temporary(),
    env: {},
  });
  await once(child.stdio[3]!, 'data'); // its greeting

  const open = readdirSync(`/proc/${child.pid}/fd`).map((fd) =>
    readlinkSync(`/proc/${child.pid}/fd/${fd}`),
  );

  expect(open).toContain('/dev/null');
  expect(open).not.toContain(secret);
  child.kill('SIGKILL');
  await once(child, 'exit');
});
