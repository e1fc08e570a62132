import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { MonoError } from '../../../src/lib/errors.js';
import { isMonoError } from '../../../src/lib/errors.js';
import {
  editProjectFile,
  NEW_PROJECT_FILE,
} from '../../../src/lib/project/project-file/edit-project-file.js';
import { readProjectFile } from '../../../src/lib/project/project-file/project-file.js';
import { formatRequirement } from '../../../src/lib/project/requirement/requirement.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';

const TEXT = `# The shop.
images:
  # LTS only, see the operations manual
  node: node@^22 # not 23
  cache: ghcr.io/acme/cache:7

sandboxes:
  web:
    image: node
    cpus: 2
    memory: 512MiB
    env: { PORT: 80, DEBUG: "" }
    workdir: /app
    user: 1000
    command: [node, /app/server.js]
    ports: ["8080:80", 9229]
    volumes: [./src:/app:ro, data:/data]
    tmpfs: ["/tmp:64MiB"]
    network: none
    persist: true
    depends_on: [db]
  db:
    image: cache
`;

describe('readProjectFile()', () => {
  it('reads images and sandboxes', () => {
    const project = readProjectFile(TEXT, 'mono.yaml');

    expect([...project.images].map(([name, it]) => [name, formatRequirement(it)])).toEqual([
      ['node', 'docker.io/library/node@^22'],
      ['cache', 'ghcr.io/acme/cache:7'],
    ]);
    expect(project.sandboxes.get('web')).toEqual({
      image: 'node',
      cpus: 2,
      memoryMib: 512,
      env: new Map([
        ['PORT', '80'],
        ['DEBUG', ''],
      ]),
      workdir: '/app',
      user: '1000',
      command: ['node', '/app/server.js'],
      devices: {
        network: 'none',
        ports: [
          { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80 },
          { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 9229, guestPort: 9229 },
        ],
        mounts: [
          { kind: 'directory', hostPath: './src', guestPath: '/app', readOnly: true },
          { kind: 'named', name: 'data', guestPath: '/data', readOnly: false },
          { kind: 'memory', guestPath: '/tmp', sizeMib: 64 },
        ],
        readOnly: undefined,
        persist: true,
      },
      dependsOn: ['db'],
    });
  });

  it('reads what the published schema allows, and refuses what it does not', () => {
    const schema = readSchema('mono.yaml.json');
    const unknown = { images: {}, sandboxes: { web: { image: 'a', port: [] } } };

    expect(schemaFaults(parse(TEXT), schema)).toEqual([]);
    expect(schemaFaults(unknown, schema)).toEqual(['$.sandboxes.web: port is not known']);
    expect(() => readProjectFile(JSON.stringify(unknown), 'mono.yaml')).toThrow('`port`');
  });

  it('reads an empty file as an empty project', () => {
    expect(readProjectFile('', 'mono.yaml')).toEqual({ images: new Map(), sandboxes: new Map() });
  });

  const broken = [
    { name: 'an unknown key', text: 'imags: {}\n', at: '1:1', says: '`imags`', hint: '`images`' },
    {
      name: 'an unknown key of a sandbox',
      text: 'images:\n  a: a\nsandboxes:\n  w:\n    image: a\n    memry: 1GiB\n',
      at: '6:5',
      says: '`memry`',
      hint: '`memory`',
    },
    {
      name: 'a sandbox of an unknown image',
      text: 'images:\n  node: node\nsandboxes:\n  w: { image: nod }\n',
      at: '4:15',
      says: '`nod`',
      hint: '`node`',
    },
    {
      name: 'a bad requirement',
      text: 'images:\n  a: node@^1.2.3.4\n',
      at: '2:6',
      says: 'range',
      hint: '`^22`',
    },
    {
      name: 'a bad name',
      text: 'images:\n  A_b: node\n',
      at: '2:3',
      says: 'name',
      hint: 'lower-case',
    },
    {
      name: 'a number for a requirement',
      text: 'images:\n  a: 22\n',
      at: '2:6',
      says: 'string',
      hint: '',
    },
    { name: 'a key twice', text: 'images:\n  a: b\n  a: c\n', at: '3:3', says: 'unique', hint: '' },
    {
      name: 'too little memory',
      text: 'images: {a: b}\nsandboxes: {s: {image: a, memory: 1MiB}}\n',
      at: '2:35',
      says: 'memory',
      hint: '512MiB',
    },
    {
      name: 'fractions of a CPU',
      text: 'images: {a: b}\nsandboxes: {s: {image: a, cpus: 0.5}}\n',
      at: '2:33',
      says: 'integer',
      hint: '',
    },
    {
      name: 'an alias',
      text: 'images:\n  a: &x b\n  c: *x\n',
      at: '2:',
      says: 'anchors',
      hint: '',
    },
    { name: 'a tag', text: 'images:\n  a: !!binary aGk=\n', at: '2:', says: 'tags', hint: '' },
    ...[
      { name: 'a port that is none', says: 'port', hint: '8080:80', key: 'ports: ["80:70000"]' },
      {
        name: 'a volume without a place',
        says: 'volume',
        hint: 'NAME:/PATH',
        key: 'volumes: [data]',
      },
      { name: 'a volume over the root', says: 'absolute', hint: '', key: 'volumes: ["data:/"]' },
      { name: 'a volume with a bad name', says: 'name', hint: '', key: 'volumes: ["Da ta:/d"]' },
      { name: 'a mount without size', says: 'size', hint: '64MiB', key: 'tmpfs: ["/tmp:64"]' },
      {
        name: 'two mounts at one place',
        says: '`/d`',
        hint: '',
        key: 'volumes: ["a:/d"], tmpfs: [/x/../d]',
      },
      { name: 'an unknown network', says: 'network', hint: 'outbound', key: 'network: host' },
      { name: 'a missing dependency', says: '`db`', hint: '', key: 'depends_on: [db]' },
      { name: 'a circle of dependencies', says: 'itself', hint: '', key: 'depends_on: [s]' },
    ].map(({ key, ...rest }) => ({
      ...rest,
      text: `images: {a: b}\nsandboxes: {s: {image: a, ${key}}}\n`,
      at: '2:',
    })),
    { name: 'a list of images', text: 'images: [a]\n', at: '1:9', says: 'map', hint: '' },
    { name: 'text that is not YAML', text: 'images: {\n', at: '2:1', says: '', hint: '' },
  ];

  it.each(broken)('refuses $name with line, column and advice', ({ text, at, says, hint }) => {
    const error = errorOf(() => readProjectFile(text, 'mono.yaml'));

    expect(isMonoError(error, 'PROJECT_INVALID')).toBe(true);
    expect((error as MonoError).message).toContain(`\`mono.yaml:${at}`);
    expect((error as MonoError).message).toContain(says);
    expect((error as MonoError).hint ?? '').toContain(hint);
  });
});

describe('editProjectFile()', () => {
  it('keeps comments, order and blank lines', () => {
    const edited = editProjectFile(TEXT, 'mono.yaml', {
      setImages: new Map([
        ['node', 'docker.io/library/node@^24'],
        ['redis', 'docker.io/library/redis:7'],
      ]),
      removeImages: ['cache'],
    });

    expect(edited).toBe(
      TEXT.replace('node: node@^22', 'node: docker.io/library/node@^24').replace(
        '  cache: ghcr.io/acme/cache:7\n',
        '  redis: docker.io/library/redis:7\n',
      ),
    );
  });

  it('removes a sandbox', () => {
    const edited = editProjectFile(TEXT, 'mono.yaml', { removeSandboxes: ['web'] });

    expect([...readProjectFile(edited, 'mono.yaml').sandboxes.keys()]).toEqual(['db']);
    expect(edited).toContain('# LTS only');
  });

  it('adds the first image to a new project in block form', () => {
    const edited = editProjectFile(NEW_PROJECT_FILE, 'mono.yaml', {
      setImages: new Map([['node', 'docker.io/library/node@^22']]),
    });

    expect(edited).toBe(
      NEW_PROJECT_FILE.replace('images: {}', 'images:\n  node: docker.io/library/node@^22'),
    );
  });

  const formats = [
    {
      name: 'adds to a flow map',
      text: 'images: { a: b } # all\n',
      edit: { setImages: new Map([['c', '[::1]:5000/d:1']]) },
      result: 'images: { a: b, c: "[::1]:5000/d:1" } # all\n',
    },
    {
      name: 'adds among names in order at its place',
      text: 'images:\n  # ours\n  a: b\n  # theirs\n  d: e\n',
      edit: { setImages: new Map([['c', 'd']]) },
      result: 'images:\n  # ours\n  a: b\n  c: d\n  # theirs\n  d: e\n',
    },
    {
      name: 'adds what comes first above the comment of what follows',
      text: 'images: # all\n  # ours\n  b: c\n',
      edit: { setImages: new Map([['a', 'b']]) },
      result: 'images: # all\n  a: b\n  # ours\n  b: c\n',
    },
    {
      name: 'adds among names in no order at the end',
      text: 'images:\n  d: e\n  a: b\n',
      edit: { setImages: new Map([['c', 'd']]) },
      result: 'images:\n  d: e\n  a: b\n  c: d\n',
    },
    {
      name: 'adds to a key without a value',
      text: 'images: # none yet\nsandboxes: {}\n',
      edit: { setImages: new Map([['a', 'b']]) },
      result: 'images:\n  a: b # none yet\nsandboxes: {}\n',
    },
    {
      name: 'removes the first of a flow map',
      text: 'images: {a: b, c: d}\n',
      edit: { removeImages: ['a'] },
      result: 'images: {c: d}\n',
    },
    {
      name: 'removes the last of a flow map',
      text: 'images: {a: b, c: d}\n',
      edit: { removeImages: ['c'] },
      result: 'images: {a: b}\n',
    },
    {
      name: 'removes the only one',
      text: 'images:\n    a: b # why\n# end\n',
      edit: { removeImages: ['a'] },
      result: 'images: {} # why\n# end\n',
    },
    {
      name: 'keeps the indentation and a missing last line break',
      text: 'images:\n    a: b',
      edit: { setImages: new Map([['c', 'd']]) },
      result: 'images:\n    a: b\n    c: d\n',
    },
  ];

  it.each(formats)('$name', ({ text, edit, result }) => {
    expect(editProjectFile(text, 'mono.yaml', edit)).toBe(result);
  });

  it('adds the key `images` where it is missing', () => {
    const edited = editProjectFile('', 'mono.yaml', {
      setImages: new Map([['a', 'ghcr.io/a/a:1']]),
    });

    expect(edited).toBe('images:\n  a: ghcr.io/a/a:1\n');
  });

  it('leaves the text as it is when nothing is to change', () => {
    expect(editProjectFile(TEXT, 'mono.yaml', {})).toBe(TEXT);
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
