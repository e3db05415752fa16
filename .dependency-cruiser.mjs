// The house's floors: a package imports only from floors below its own, only through other packages'
// public entries, and never in a circle.
const FLOORS = [
  ['net', 'lpm'],
  ['linux', 'cluster'],
  ['policy', 'services'],
  ['cni'],
  ['calico', 'flannel', 'weave'],
  ['lab', 'report'],
  ['cli'],
];

const rules = FLOORS.flatMap((packages, floor) => {
  const notBelow = FLOORS.slice(floor).flat();
  return packages.map((name) => ({
    name: `floor-of-${name}`,
    comment: `${name} is on floor ${floor + 1}: it may import only from the floors below`,
    severity: 'error',
    from: { path: `^packages/${name}/` },
    to: { path: `^packages/(${notBelow.filter((other) => other !== name).join('|') || 'none'})/` },
  }));
});

export default {
  forbidden: [
    ...rules,
    {
      name: 'no-inner-files',
      comment: 'another package is used through its exports',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/([^/]+)/(src|dist)/',
        pathNot: ['^packages/$1/', '/src/(index|conformance)[.]ts$'],
      },
    },
    {
      name: 'no-product-code-in-benchmarks',
      comment: 'no package imports the benchmarks, except the command line, which runs them',
      severity: 'error',
      from: { path: '^packages/(?!cli/)' },
      to: { path: '^benchmarks/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'a package declares what it imports',
      severity: 'error',
      from: { pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '/node_modules/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@podpath/source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
