import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { processesBelow, type ProcessFacts } from './machine-processes.js';
import { runScene, type Scenario } from './stage.js';

const LARGE_BYTES = 1_500_000;

/** What every VMM must do for the process that a machine is for. */
export const PROCESS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'runs a process with its arguments, variables, directory, user and limits, and returns its code',
    async play(stage) {
      const script =
        'printf "[%s]" "$@"; pwd; id -u; hostname; ulimit -Sn; ulimit -Hn; echo "$GREETING"; echo no >&2; exit 7';
      const process = { env: { GREETING: 'hällo = x' }, cwd: '/new/directory', user: 'alice' };

      const scene = await runScene(stage, ['sh', '-c', script, 'sh', '', 'a  b', '$x "\n'], {
        process,
      });

      const stdout = '[][a  b][$x "\n]/new/directory\n1000\nbox\n1024\n524288\nhällo = x\n';
      assert.deepEqual(scene, { exit: { code: 7 }, stdout, stderr: 'no\n' });
    },
  },
  {
    name: 'moves megabytes in both directions intact',
    async play(stage) {
      const input = Buffer.alloc(LARGE_BYTES, 'mono ');
      const hash = createHash('sha256');
      const script = `sha256sum >&2; yes 0123456789abcdef | head -c ${LARGE_BYTES}`;

      const { exit, stderr } = await runScene(stage, ['sh', '-c', script], {
        io: { stdin: pieces(input, 70_001), stdout: (bytes) => void hash.update(bytes) },
      });

      assert.deepEqual(exit, { code: 0 });
      assert.equal(stderr, `${createHash('sha256').update(input).digest('hex')}  -\n`);
      const expected = Buffer.alloc(LARGE_BYTES, '0123456789abcdef\n');
      assert.equal(hash.digest('hex'), createHash('sha256').update(expected).digest('hex'));
    },
  },
  {
    name: 'brings signals to the process and says by which one it ended',
    async play(stage) {
      const up = signalOn();
      const script = 'trap "echo caught; kill -9 $$" USR1; echo up; while :; do sleep 0.05; done';

      const { exit, stdout } = await runScene(stage, ['sh', '-c', script], {
        io: { stdout: (bytes) => up.hear(bytes), signals: up.then('up', 'SIGUSR1') },
      });

      assert.deepEqual(exit, { code: 137, signal: 9 });
      assert.equal(stdout, '');
      assert.equal(up.heard(), 'up\ncaught\n');
    },
  },
  {
    name: 'gives a process a terminal with its size, its keys and its new size',
    async play(stage) {
      const up = signalOn();
      const script = 'stty -echo; stty size; read -r line; stty size; echo "<$line>"; tty';

      const { exit } = await runScene(stage, ['sh', '-c', script], {
        process: { tty: { rows: 24, columns: 80 } },
        io: {
          stdout: (bytes) => up.hear(bytes),
          resizes: up.then('24 80', { rows: 50, columns: 132 }),
          stdin: up.then('24 80', Buffer.from('typed\r')),
        },
      });

      assert.deepEqual(exit, { code: 0 });
      assert.match(up.heard(), /^24 80\r\n(?:24 80|50 132)\r\n<typed>\r\n\/dev\/pts\/\d+\r\n$/);
    },
  },
  {
    name: 'holds the process that is the machine to few system calls and no new privileges',
    async play(stage) {
      const up = signalOn();
      let processes: ProcessFacts[] = [];

      await runScene(stage, ['sh', '-c', 'echo up; read -r line'], {
        io: {
          stdout: (bytes) => up.hear(bytes),
          stdin: (async function* () {
            for await (const bytes of up.then('up', Buffer.from('\n'))) {
              processes = processesBelow(stage.directory);
              yield bytes;
            }
          })(),
        },
      });

      const machines = processes.filter(({ program }) => program !== 'mono-monitor');
      assert.equal(machines.length, 1, processes.map(({ program }) => program).join());
      assert.match(machines[0]!.status, /^NoNewPrivs:\t1$/m);
      assert.match(machines[0]!.status, /^Seccomp:\t2$/m);
    },
  },
];

async function* pieces(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sizeBytes)
    yield await Promise.resolve(bytes.subarray(at, at + sizeBytes));
}

/** Collects output and lets something happen once the process has said a text. */
function signalOn(): {
  hear(bytes: Uint8Array): void;
  heard(): string;
  then<T>(text: string, value: T): AsyncIterable<T>;
} {
  let all = '';
  const listeners: (() => void)[] = [];
  return {
    heard: () => all,
    hear(bytes) {
      all += Buffer.from(bytes).toString('utf8');
      for (const listener of listeners) listener();
    },
    async *then(text, value) {
      await new Promise<void>((resolve) => {
        listeners.push(() => {
          if (all.includes(text)) resolve();
        });
      });
      yield value;
    },
  };
}
