import { describe, expect, it } from 'vitest';
import { NO_DEVICES } from '../../src/lib/vm/devices.js';
import { checkSandboxSpec, type SandboxSpec } from '../../src/lib/vm/sandbox-spec.js';
import { failureOf } from '../support/failure.js';
import { SPEC } from './support/new-sandbox.js';

const badSpecs: readonly { name: string; spec: SandboxSpec; says: string }[] = [
  { name: 'no processor', spec: { ...SPEC, cpus: 0 }, says: 'cpus' },
  { name: 'half a processor', spec: { ...SPEC, cpus: 1.5 }, says: 'cpus' },
  { name: 'too little memory', spec: { ...SPEC, memoryMib: 63 }, says: 'memory' },
  { name: 'memory that is no number', spec: { ...SPEC, memoryMib: NaN }, says: 'memory' },
  {
    name: 'a port that is none',
    spec: {
      ...SPEC,
      devices: {
        ...NO_DEVICES,
        ports: [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 0, guestPort: 80 }],
      },
    },
    says: 'port',
  },
  {
    name: 'a host name instead of an address',
    spec: {
      ...SPEC,
      devices: {
        ...NO_DEVICES,
        ports: [{ protocol: 'tcp', hostAddress: 'localhost', hostPort: 1, guestPort: 80 }],
      },
    },
    says: 'port',
  },
  {
    name: 'an address that would end its option',
    spec: {
      ...SPEC,
      devices: {
        ...NO_DEVICES,
        ports: [{ protocol: 'udp', hostAddress: '1.2.3.4,5', hostPort: 1, guestPort: 80 }],
      },
    },
    says: 'port',
  },
  {
    name: 'a relative volume',
    spec: {
      ...SPEC,
      devices: {
        ...NO_DEVICES,
        volumes: [{ hostPath: 'data', guestPath: '/data', readOnly: false }],
      },
    },
    says: 'volume',
  },
  {
    name: 'two mounts at one place',
    spec: {
      ...SPEC,
      devices: {
        ...NO_DEVICES,
        volumes: [{ hostPath: '/data', guestPath: '/data', readOnly: false }],
        memoryMounts: [{ path: '/data' }],
      },
    },
    says: 'mounts',
  },
  {
    name: 'a relative disk',
    spec: { ...SPEC, devices: { ...NO_DEVICES, writes: { kind: 'disk', path: 'disk' } } },
    says: 'disk',
  },
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
