// The rooms of the project, and which of them each may import. Whatever is not listed here is an error.
// docs/architecture.md draws the same arrows.

const CONTRACT = 'functions/contract\\.ts$';
const ERRORS = 'functions/errors\\.ts$';

/** Each room by the beginning of its paths, with what it may import beside packages. */
const arrows = {
  'functions/errors\\.ts$': [],
  'functions/contract\\.ts$': [ERRORS],
  // Entry points use the rooms, never the other way round.
  'functions/(?!contract|errors)[^/]+\\.ts$': [
    'functions/(invocation|model|database|secrets|migration)/',
    CONTRACT,
    ERRORS,
  ],
  'functions/invocation/': ['functions/(invocation|model|database|secrets)/', CONTRACT, ERRORS],
  'functions/database/': ['functions/(database|model|secrets)/', 'sql/', CONTRACT, ERRORS],
  'functions/migration/': ['functions/(migration|database|model|secrets)/', 'sql/', CONTRACT, ERRORS],
  'functions/secrets/': ['functions/secrets/', ERRORS],
  // What a model id is must be usable without AWS, SQL or a runtime.
  'functions/model/': ['functions/model/', ERRORS],
  'functions/sdk/': ['functions/sdk/', ERRORS],
  'sql/': ['sql/'],
  // One file that others copy, or load into a page.
  'client/': [],
  // Beside the contract, the files that synth checks as the functions would.
  'lib/': [
    'lib/',
    CONTRACT,
    ERRORS,
    'functions/(migration/migration-files|model/catalogue|model/model-id)\\.ts$',
  ],
  'openapi/': ['openapi/', 'functions/invocation/', CONTRACT, ERRORS],
  'local/': ['(local|client|sql|lib|functions)/'],
  'rehearsal/': ['(rehearsal|local|lib|client)/', CONTRACT, 'functions/model/'],
  'bench/': ['(bench|local|lib|functions)/'],
  'commands/': ['(commands|bench|rehearsal|local|lib|openapi|client|functions)/'],
  'test/': [''],
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  allowed: [
    { from: {}, to: { dependencyTypesNot: ['local'] } },
    ...Object.entries(arrows).flatMap(([room, imports]) =>
      imports.map((path) => ({ from: { path: `^${room}` }, to: { path: `^${path}` } })),
    ),
  ],
  allowedSeverity: 'error',
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      // Whether a run can do its work is asked before one begins.
      name: 'preflight-knows-nothing-of-a-run',
      severity: 'error',
      from: { path: '^functions/migration/preflight/' },
      to: {
        path: '^functions/migration/(?!preflight/|(plan|retry|steps|errors|migration-files|setup-advice)\\.ts$)',
      },
    },
    {
      // It reads what the one rename has left; the engine runs any migration.
      name: 'the-rename-knows-nothing-of-the-engine',
      severity: 'error',
      from: { path: '^functions/migration/rename/' },
      to: { path: '^functions/migration/(?!rename/|retry\\.ts$)' },
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
