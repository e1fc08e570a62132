import { describe, expect, it } from 'vitest';
import { checkSandboxSpec, type SandboxSpec } from '../../src/lib/vm/sandbox-spec.js';
import { failureOf } from '../support/failure.js';

const SPEC: SandboxSpec = {
  rootfs: { format: 'raw', path: '/image' },
  cpus: 1,
  memoryMib: 256,
  hostname: 'box',
  process: { argv: ['true'], env: {}, cwd: '/', user: '' },
};

const badSpecs: readonly { name: string; spec: SandboxSpec; says: string }[] = [
  { name: 'no processor', spec: { ...SPEC, cpus: 0 }, says: 'cpus' },
  { name: 'half a processor', spec: { ...SPEC, cpus: 1.5 }, says: 'cpus' },
  { name: 'too little memory', spec: { ...SPEC, memoryMib: 63 }, says: 'memory' },
  { name: 'memory that is no number', spec: { ...SPEC, memoryMib: NaN }, says: 'memory' },
  { name: 'no host name', spec: { ...SPEC, hostname: '' }, says: 'hostname' },
  {
    name: 'a host name over 64 bytes',
    spec: { ...SPEC, hostname: 'ä'.repeat(33) },
    says: 'hostname',
  },
  {
    name: 'a relative image',
    spec: { ...SPEC, rootfs: { format: 'raw', path: 'image' } },
    says: 'root filesystem',
  },
  { name: 'no command', spec: withProcess({ argv: [] }), says: 'command' },
  { name: 'a NUL in an argument', spec: withProcess({ argv: ['a\0b'] }), says: 'argument' },
  {
    name: 'an argument over the limit of Linux',
    spec: withProcess({ argv: ['x'.repeat(131_072)] }),
    says: 'argument',
  },
  { name: 'a variable without a name', spec: withProcess({ env: { '': 'x' } }), says: 'variable' },
  {
    name: 'a variable with = in its name',
    spec: withProcess({ env: { 'a=b': 'x' } }),
    says: 'variable',
  },
  { name: 'a relative directory', spec: withProcess({ cwd: 'work' }), says: 'directory' },
  {
    name: 'a terminal of no size',
    spec: withProcess({ tty: { rows: -1, columns: 80 } }),
    says: 'rows',
  },
  {
    name: 'a NUL in TERM',
    spec: withProcess({ tty: { rows: 1, columns: 1, term: '\0' } }),
    says: 'TERM',
  },
];

function withProcess(difference: Partial<SandboxSpec['process']>): SandboxSpec {
  return { ...SPEC, process: { ...SPEC.process, ...difference } };
}

describe('checkSandboxSpec()', () => {
  it('accepts the largest argument that Linux takes', () => {
    expect(() => checkSandboxSpec(withProcess({ argv: ['x'.repeat(131_071)] }))).not.toThrow();
  });

  it.each(badSpecs)('refuses $name', ({ spec, says }) => {
    const error = failureOf(() => checkSandboxSpec(spec));

    expect(error.code).toBe('VM_SPEC_INVALID');
    expect(error.message).toContain(says);
  });
});
