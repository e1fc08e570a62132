/** The arrows of ARCHITECTURE.md, enforced. Each rule says why it exists. */
const lib = (names) => `^src/lib/(${names})/`;

/** Folders from the bottom up; a folder may import from those on lower lines only. */
const mayImport = {
  base: [],
  io: ['base'],
  store: ['io', 'base'],
  fs: ['store', 'io', 'base'],
  rootfs: ['fs', 'store', 'io', 'base'],
  registry: ['io', 'base'],
  image: ['registry', 'rootfs', 'fs', 'store', 'io', 'base'],
  vm: ['io', 'base'],
  project: ['image', 'vm', 'registry', 'rootfs', 'fs', 'store', 'io', 'base'],
  cli: ['project', 'image', 'vm', 'registry', 'rootfs', 'fs', 'store', 'io', 'base'],
};

const reasons = {
  base: 'base holds pure helpers; it knows nothing of ours.',
  io: 'io wraps the host; it knows no domain word.',
  store: 'The store holds blocks; it must not know where they came from or what tree they form.',
  fs: 'monofs sees blocks through the store contract and nothing of registries or machines.',
  rootfs: 'A root filesystem is made from a version alone.',
  registry: 'The registry client moves verified bytes; it must not know where they are kept.',
  image: 'Images are where registry meets filesystem; they know no project and no machine.',
  vm: 'A machine boots a disk; it must not know where the disk came from.',
  project: 'The project plans and orders the work; it must not know about terminals.',
  cli: 'The edge composes everything, but no command may be imported from it.',
};

const folderRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: reasons[folder],
  severity: 'error',
  from: { path: lib(folder) },
  to: {
    path: '^src/',
    pathNot: [
      lib(folder),
      '^src/lib/(errors|error-codes)\\.ts$',
      ...(allowed.length > 0 ? [lib(allowed.join('|'))] : []),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'commands-are-thin',
      comment:
        'A command parses, calls the edge and prints; what it needs it gets through cli or project.',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: {
        path: '^src/lib/',
        pathNot: ['^src/lib/(cli|project)/', '^src/lib/(errors|error-codes)\\.ts$'],
      },
    },
    {
      name: 'base-is-pure',
      comment: 'A helper that touches the host belongs in io.',
      severity: 'error',
      from: { path: lib('base') },
      to: { path: '^(node:)?(fs|fs/promises|child_process|net|http|https)$' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'What nothing imports is dead.',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/commands/', '^bin/', '\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      comment: 'The published package would miss them.',
      severity: 'error',
      from: { path: '^(src|bin)/', pathNot: ['^bin/dev\\.js$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'node'] },
  },
};
