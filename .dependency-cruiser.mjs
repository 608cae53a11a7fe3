// The rooms of the project, and which of them each may import. Whatever is not listed here is an error.

const CONTRACT = 'functions/contract.ts';
const ERRORS = 'functions/errors.ts';
/** All files at the top of functions/ but these two. */
const ENTRY_POINTS = 'functions/*.ts';
const INVOCATION = 'functions/invocation/';
const MODEL = 'functions/model/';
const DATABASE = 'functions/database/';
const SECRETS = 'functions/secrets/';
const MIGRATION = 'functions/migration/';

/** Each room with what it may import beside packages: folders with all that is in them, and files. */
export const arrows = {
  [ERRORS]: [],
  [CONTRACT]: [ERRORS],
  // Entry points use the rooms, never the other way round.
  [ENTRY_POINTS]: [INVOCATION, MODEL, DATABASE, SECRETS, MIGRATION, CONTRACT, ERRORS],
  [INVOCATION]: [INVOCATION, MODEL, DATABASE, SECRETS, CONTRACT, ERRORS],
  // What a model id is must be usable without AWS, SQL or a runtime.
  [MODEL]: [MODEL, ERRORS],
  [DATABASE]: [DATABASE, MODEL, SECRETS, 'sql/', CONTRACT, ERRORS],
  [SECRETS]: [SECRETS, ERRORS],
  [MIGRATION]: [MIGRATION, DATABASE, MODEL, SECRETS, 'sql/', CONTRACT, ERRORS],
  'functions/sdk/': ['functions/sdk/', ERRORS],
  'sql/': ['sql/'],
  // Beside the contract, the files that synth checks as the functions would.
  'lib/': [
    'lib/',
    CONTRACT,
    ERRORS,
    'functions/migration/migration-files.ts',
    'functions/model/catalogue.ts',
    'functions/model/model-id.ts',
  ],
  // One file that others copy, or load into a page.
  'client/': [],
  'openapi/': ['openapi/', INVOCATION, CONTRACT, ERRORS, 'functions/model/catalogue.ts'],
  'local/': ['local/', 'client/', 'sql/', 'lib/', 'functions/'],
  'rehearsal/': ['rehearsal/', 'local/', 'lib/', 'client/', CONTRACT, MODEL],
  'bench/': ['bench/', 'local/', 'lib/', 'functions/'],
  'commands/': [
    'commands/',
    'bench/',
    'rehearsal/',
    'local/',
    'lib/',
    'openapi/',
    'client/',
    'functions/',
    // For docs/architecture.md.
    '.dependency-cruiser.mjs',
  ],
  'test/': ['/'],
};

const patternOf = (path) => {
  if (path === '/') {
    return '';
  }
  if (path === ENTRY_POINTS) {
    return '^functions/(?!contract|errors)[^/]+\\.ts$';
  }
  return `^${path.replaceAll('.', '\\.')}${path.endsWith('/') ? '' : '$'}`;
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  allowed: [
    { from: {}, to: { dependencyTypesNot: ['local'] } },
    ...Object.entries(arrows).flatMap(([room, imports]) =>
      imports.map((path) => ({ from: { path: patternOf(room) }, to: { path: patternOf(path) } })),
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
        path: '^functions/migration/(?!preflight/|(plan|read-ledger|retry|steps|errors|migration-files|setup-advice)\\.ts$)',
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
