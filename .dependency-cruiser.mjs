// The rooms of the project and the one direction in which they may depend on each other.
// See docs/architecture.md.

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'model-depends-on-nothing',
      comment:
        'What a model id is must be usable without AWS, SQL or a runtime; its errors have the common base.',
      severity: 'error',
      from: { path: '^functions/model/' },
      to: { pathNot: '^functions/(model/|errors\\.ts$)' },
    },
    {
      name: 'rooms-of-functions-do-not-reach-up',
      comment: 'Entry points use the rooms, never the other way round.',
      severity: 'error',
      from: { path: '^functions/(invocation|model|database|secrets|migration)/' },
      to: { path: '^functions/(?!contract|errors)[^/]+\\.ts$' },
    },
    {
      name: 'database-and-secrets-know-no-other-room',
      severity: 'error',
      from: { path: '^functions/(database|secrets)/' },
      to: { path: '^functions/(invocation|migration)/' },
    },
    {
      name: 'client-depends-on-nothing',
      comment: 'One file that others copy, or load into a page.',
      severity: 'error',
      from: { path: '^client/' },
      to: {},
    },
    {
      name: 'functions-stand-alone',
      comment: 'What runs in Lambda never imports what deploys it, simulates it or tests it.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(lib|local|commands|test|bench|rehearsal)/' },
    },
    {
      name: 'nothing-depends-on-the-benchmark',
      severity: 'error',
      from: { pathNot: '^(bench/|commands/bench)' },
      to: { path: '^bench/' },
    },
    {
      name: 'lib-knows-the-contract-and-the-files-that-it-checks-of-functions-only',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        path: '^(functions/(?!(contract|errors|migration/migration-files|model/catalogue)\\.ts)|local|commands|test|bench|rehearsal)',
      },
    },
    {
      name: 'only-the-database-room-speaks-data-api',
      severity: 'error',
      from: { path: '^functions/(?!database/)' },
      to: { path: 'client-rds-data' },
    },
    {
      name: 'only-the-secrets-room-speaks-secrets-manager',
      severity: 'error',
      from: { path: '^functions/(?!secrets/)' },
      to: { path: 'client-secrets-manager' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
