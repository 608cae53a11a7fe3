// What the platform's tables must be, judged by the catalogue alone. Each reason names the object and how to mend it.
import type { PgCatalog, Table } from '../../database/pg-catalog.ts';
import { quote, tableOf } from '../../database/pg-catalog.ts';
import type { Step } from '../../database/step.ts';

/** Columns that the statements name, with the types that these are written for; any where there is none. */
const COLUMNS: Record<string, Record<string, RegExp | undefined>> = {
  workspaces: { id: /^uuid$/, name: undefined, runtime: undefined },
  workspace_secrets: {
    id: undefined,
    workspace_id: /^uuid$/,
    key: undefined,
    encrypted_value: /^bytea$/,
    encryption_version: /^(smallint|integer|bigint)$/,
    created_at: undefined,
    updated_at: /^timestamp/,
  },
};
const EXPECTED: Record<string, string> = {
  id: 'uuid',
  workspace_id: 'uuid',
  encrypted_value: 'bytea',
  encryption_version: 'integer',
  updated_at: 'timestamptz',
};

/** What the service gives a value to, or gives a default: see the rename's migration. */
const FILLED = ['workspace_id', 'key', 'encrypted_value', 'encryption_version', 'created_at', 'updated_at'];
const FILLABLE_ID = /^(uuid|text|character varying)/;

const KINDS: Record<string, string> = {
  p: 'a partitioned table',
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

const NAMES = ['workspaces', 'workspace_secrets'];

export const bothTables = (catalogue: PgCatalog): Table[] =>
  NAMES.flatMap((name) => tableOf(catalogue, name) ?? []);

/**
 * Why this database cannot be joined; `isKnown` is whether its tables can be tried at all.
 * @param apiUser the API's database user, made or not
 */
export const unmetRequirements = (
  catalogue: PgCatalog,
  apiUser?: string,
): { reasons: string[]; isKnown: boolean } => {
  const missing = NAMES.flatMap((name) => missingReasons(catalogue, name));
  const shapes = [
    ...versionReasons(catalogue),
    ...missing,
    ...kindReasons(catalogue),
    ...typeReasons(catalogue),
    ...ownerReasons(catalogue),
    ...pathReasons(catalogue),
  ];
  return {
    reasons: [
      ...shapes,
      ...ambiguityReasons(catalogue),
      ...ledgerReasons(catalogue),
      ...rightReasons(catalogue),
      ...keyReasons(catalogue),
      ...requiredColumnReasons(catalogue),
      ...rowSecurityReasons(catalogue, apiUser),
      ...referenceReasons(catalogue),
      ...subscriptionReasons(catalogue),
    ],
    isKnown: shapes.length === 0,
  };
};

/** Before it, every batch of a walk would read the whole table: there are no scans by a range of places. */
const OLDEST_VERSION = 140_000;

const versionReasons = ({ serverVersion }: PgCatalog): string[] =>
  serverVersion < OLDEST_VERSION
    ? [
        `The database is PostgreSQL ${Math.floor(serverVersion / 10_000)}, which is too old for the rename. Upgrade the cluster to 14.8 or higher.`,
      ]
    : [];

const lackingColumns = (catalogue: PgCatalog, name: string): string[] => {
  const columns = tableOf(catalogue, name)?.columns ?? [];
  return Object.keys(COLUMNS[name] ?? {}).filter((column) => !columns.some((each) => each.name === column));
};

const missingReasons = (catalogue: PgCatalog, name: string): string[] => {
  const table = tableOf(catalogue, name);
  const lacking = lackingColumns(catalogue, name);
  if (lacking.length === 0) {
    return [];
  }
  const elsewhere = catalogue.tables.find((each) => each.name === name);
  if (table === undefined && elsewhere !== undefined) {
    return [
      `${elsewhere.qualified} is not on the search_path of ${catalogue.login}, so the database seems to lack ${name}.id. ` +
        runSetting(
          catalogue,
          `search_path = ${[quote(elsewhere.schema), ...catalogue.searchPath].join(', ')}`,
        ),
    ];
  }
  return [
    `The database lacks ${lacking.map((column) => `${name}.${column}`).join(', ')}. Is it the platform's database? ` +
      `Check databaseName (or --database)${table === undefined ? '' : ', or give the table what it lacks'}.`,
  ];
};

const kindReasons = (catalogue: PgCatalog): string[] => [
  ...secretsKindReasons(tableOf(catalogue, 'workspace_secrets')),
  ...workspacesKindReasons(tableOf(catalogue, 'workspaces')),
];

const secretsKindReasons = (table: Table | undefined): string[] => {
  if (table === undefined) {
    return [];
  }
  const { qualified, kind, isPartition, hasChildren } = table;
  if (kind !== 'r') {
    return [`${qualified} is ${KINDS[kind] ?? 'no ordinary table'}, whose rows the rename cannot walk.`];
  }
  return isPartition || hasChildren
    ? [`${qualified} has child tables or is one, whose rows the rename does not see.`]
    : [];
};

/** The history refers to this table, which takes its own rows and those of partitions. */
const workspacesKindReasons = (table: Table | undefined): string[] => {
  if (table === undefined || table.kind === 'p' || (table.kind === 'r' && !table.hasChildren)) {
    return [];
  }
  const { qualified, kind } = table;
  const what = kind === 'r' ? 'has child tables' : `is ${KINDS[kind]}`;
  return [`${qualified} ${what}, to whose rows the history cannot refer.`];
};

const typeReasons = (catalogue: PgCatalog): string[] => NAMES.flatMap((name) => wrongTypes(catalogue, name));

const wrongTypes = (catalogue: PgCatalog, name: string, isNamed = (_column: string) => true): string[] =>
  (tableOf(catalogue, name)?.columns ?? [])
    .filter(({ name: column, type }) => COLUMNS[name]?.[column]?.test(type) === false && isNamed(column))
    .map(
      ({ name: column, type }) =>
        `${name}.${column} is of type ${type}; the service needs ${EXPECTED[column]}.`,
    );

/**
 * Columns that the platform has renamed, dropped or changed since the rename. The views follow, and the service goes on; but
 * steps that name them would fail once the views are dropped, in both directions.
 */
export const columnReasons = (catalogue: PgCatalog, steps: readonly Step[]): string[] => {
  const isNamed = (column: string) => steps.some(({ sql }) => new RegExp(`\\b${column}\\b`).test(sql));
  const lacking = lackingColumns(catalogue, 'workspace_secrets').filter(isNamed);
  return [
    ...(lacking.length === 0
      ? []
      : [
          `The table workspace_secrets lacks ${lacking.join(', ')}, which the steps of the rename name. Give each its name back: ` +
            'ALTER TABLE workspace_secrets RENAME COLUMN … TO …; or add one like it.',
        ]),
    ...wrongTypes(catalogue, 'workspace_secrets', isNamed),
  ];
};

const ambiguityReasons = (catalogue: PgCatalog): string[] =>
  NAMES.flatMap((name) => {
    const found = catalogue.tables.filter((table) => table.name === name && table.isOnPath);
    return found.length < 2
      ? []
      : [
          `The search_path of ${catalogue.login} finds two tables ${name}: ` +
            `${found.map(({ qualified }) => qualified).join(' and ')}. ` +
            'Leave one of them on it: ALTER ROLE … IN DATABASE … SET search_path = …;',
        ];
  });

const ownerReasons = (catalogue: PgCatalog): string[] => {
  const user = quote(catalogue.user);
  const tables = bothTables(catalogue)
    .filter(({ isOwned }) => !isOwned)
    .map(({ qualified, owner, isMember }) =>
      isMember
        ? `${qualified} belongs to ${owner}, of which ${user} is a member without its rights (NOINHERIT). Run: ` +
          `ALTER ROLE ${user} SET role = ${quote(owner)}; or from PostgreSQL 16 on: GRANT ${quote(owner)} TO ${user} WITH INHERIT TRUE;`
        : `${qualified} belongs to ${owner}. Use the secret of that user, or run: GRANT ${quote(owner)} TO ${user};`,
    );
  const { others } = catalogue;
  const owners = [...new Set(others.map(({ owner }) => owner))].join(', ');
  return others.length === 0
    ? tables
    : [
        ...tables,
        `What the service has made belongs to ${owners}, whose rights ${user} does not have. Use the secret of that user, or ` +
          `run as that user or the cluster's master user: ${others.map(({ giving }) => `${giving};`).join(' ')}`,
      ];
};

/** Settings of a role count where it logs in, and not where a setting `role` leads to it. */
const runSetting = ({ login, database }: PgCatalog, setting: string): string =>
  `Run: ALTER ROLE ${quote(login)} IN DATABASE ${quote(database)} SET ${setting};`;

const CATALOGUE_SCHEMA = 'pg_catalog';

const pathReasons = (catalogue: PgCatalog): string[] => {
  const path = catalogue.searchPath.filter((each) => each !== CATALOGUE_SCHEMA).join(', ');
  return catalogue.schema === CATALOGUE_SCHEMA
    ? [
        `The search_path of ${catalogue.login} begins with pg_catalog, where nobody may create tables. ` +
          runSetting(catalogue, `search_path = ${path}`),
      ]
    : [];
};

/** What is made goes into the first schema of the path, where it hides the service's tables in another one, for good. */
export const ledgerReasons = (catalogue: PgCatalog): string[] => {
  const { login, schema, ledgerSchema, searchPath } = catalogue;
  if (ledgerSchema === null || schema === null || ledgerSchema === schema) {
    return [];
  }
  const others = searchPath.filter((each) => each !== quote(ledgerSchema) && each !== ledgerSchema);
  return [
    `The service's tables are in the schema ${ledgerSchema}, but the search_path of ${login} begins with ${schema}, where new ones ` +
      `would hide them from an undo. ${runSetting(catalogue, `search_path = ${[quote(ledgerSchema), ...others].join(', ')}`)}`,
  ];
};

const rightReasons = (catalogue: PgCatalog): string[] => {
  const { user, login, schema, mayCreate, isReadOnly } = catalogue;
  const create =
    schema === null
      ? [`No schema on the search_path of ${login} exists.`]
      : mayCreate || schema === CATALOGUE_SCHEMA
        ? []
        : [
            `${user} may not create tables in the schema ${schema}. Run as its owner: ` +
              `GRANT CREATE ON SCHEMA ${quote(schema)} TO ${quote(user)};`,
          ];
  const writes = isReadOnly
    ? [
        `Transactions of ${login} are read only. ${runSetting(catalogue, 'default_transaction_read_only = off')}`,
      ]
    : [];
  return [...create, ...writes];
};

const uniquesOver = (table: Table, ...columns: string[]) =>
  table.uniques.filter(
    (unique) =>
      unique.columns.length === columns.length && columns.every((each) => unique.columns.includes(each)),
  );

const isUsable = ({ isValid, isPartial, isDeferrable }: Table['uniques'][number]) =>
  isValid && !isPartial && !isDeferrable;

const keyReasons = (catalogue: PgCatalog): string[] => {
  const secrets = tableOf(catalogue, 'workspace_secrets');
  const workspaces = tableOf(catalogue, 'workspaces');
  return [
    ...(secrets === undefined ? [] : [...pickKeyReasons(secrets), ...idReasons(secrets)]),
    ...(workspaces === undefined ||
    !/[rp]/.test(workspaces.kind) ||
    uniquesOver(workspaces, 'id').some(isUsable)
      ? []
      : [
          `${workspaces.qualified}.id is no key: it has to be unique, so that the history can refer to it. ` +
            (workspaces.kind === 'p'
              ? `Only partitions by id alone are supported, of which it can be. Then run: CREATE UNIQUE INDEX ON ${workspaces.qualified} (id);`
              : `Run: CREATE UNIQUE INDEX CONCURRENTLY ON ${workspaces.qualified} (id);`),
        ]),
  ];
};

const pickKeyReasons = (table: Table): string[] => {
  const picks = uniquesOver(table, 'workspace_id', 'key');
  if (picks.some(isUsable)) {
    return [];
  }
  const why = picks.map(
    ({ name, isPartial, isDeferrable }) =>
      `${name} is ${isDeferrable ? 'deferrable' : isPartial ? 'partial' : 'not valid'}`,
  );
  const leavingOut = picks.flatMap(({ name, predicate }) =>
    predicate === null ? [] : `${name} (WHERE ${predicate})`,
  );
  return [
    `The database lacks unique (workspace_id, key) on ${table.qualified}${why.length > 0 ? ` (${why.join(', ')})` : ''}. ` +
      (leavingOut.length === 0
        ? ''
        : `An index on all rows also has those that ${leavingOut.join(' and ')} leaves out: let the platform delete such rows, and write none ` +
          'any more, or it could not write a row of the same workspace and key. ') +
      `Run: CREATE UNIQUE INDEX CONCURRENTLY ON ${table.qualified} (workspace_id, key);`,
  ];
};

const idReasons = (table: Table): string[] => {
  const id = table.columns.find(({ name }) => name === 'id');
  return id === undefined || (id.isRequired && uniquesOver(table, 'id').some(isUsable))
    ? []
    : [`${table.qualified}.id is no key: it has to be NOT NULL and unique, so that an undo finds the row.`];
};

const requiredColumnReasons = (catalogue: PgCatalog): string[] => {
  const table = tableOf(catalogue, 'workspace_secrets');
  // Whether a trigger gives the column its value, the trial shows.
  return (table?.fillsRows ? [] : (table?.columns ?? []))
    .filter(({ isRequired, fillsItself }) => isRequired && !fillsItself)
    .filter(({ name, type }) => (name === 'id' ? !FILLABLE_ID.test(type) : !FILLED.includes(name)))
    .map(
      ({ name, type }) =>
        `The column ${name} (${type}) of ${table?.qualified} is required, and the service has no value for it. ` +
        `Give it a default or run: ALTER TABLE ${table?.qualified} ALTER COLUMN ${quote(name)} DROP NOT NULL;`,
    );
};

/**
 * The API's user is no owner, so every policy on workspaces is for it, which it only reads. Picks it reaches through a view,
 * whose owner the policies of the table are for: he is the owner of the table, whatever the user of the deploy may bypass.
 */
const rowSecurityReasons = (catalogue: PgCatalog, apiUser: string | undefined): string[] =>
  bothTables(catalogue).flatMap((table) => {
    const { name, qualified, hasRowSecurity, forcesRowSecurity, policies } = table;
    const named = policies.map((policy) => policy.name).join(', ') || 'no policy, so it hides every row';
    const hidesFrom = !catalogue.bypassesRowSecurity
      ? catalogue.user
      : name === 'workspace_secrets' && !table.ownerBypassesRowSecurity
        ? table.owner
        : undefined;
    if (hasRowSecurity && forcesRowSecurity && hidesFrom !== undefined) {
      return [
        `Row-level security is forced on ${qualified} (${named}) and hides rows from ${hidesFrom}. Run: ` +
          `ALTER TABLE ${qualified} NO FORCE ROW LEVEL SECURITY;`,
      ];
    }
    return name === 'workspaces' && hasRowSecurity && apiUser !== undefined && !admitsAllReads(table, apiUser)
      ? [
          `Row-level security on ${qualified} (${named}) hides rows from the API's database user. Drop restrictive policies on its ` +
            `reads. Then run as the owner, the role where it does not exist yet: CREATE ROLE ${quote(apiUser)} LOGIN NOINHERIT; ` +
            `CREATE POLICY workspace_model ON ${qualified} FOR SELECT TO ${quote(apiUser)} USING (true);`,
        ]
      : [];
  });

const admitsAllReads = ({ policies }: Table, apiUser: string): boolean => {
  const own = policies.filter(({ roles }) => roles.some((role) => role === 'public' || role === apiUser));
  return (
    own.some(({ isPermissive, admitsAll }) => isPermissive && admitsAll) &&
    own.every(({ isPermissive, admitsAll }) => isPermissive || admitsAll)
  );
};

const referenceReasons = ({ foreignKeys }: PgCatalog): string[] =>
  foreignKeys
    .filter(
      ({ isOf, columns, isToWorkspaces }) => isOf && columns.includes('workspace_id') && !isToWorkspaces,
    )
    .map(({ name, referenced }) => `The foreign key ${name} refers to ${referenced} and not to workspaces.`);

const subscriptionReasons = ({ subscriptions }: PgCatalog): string[] =>
  subscriptions.map(
    (name) =>
      `The subscription ${name} brings the rows of workspace_secrets from another database. After the rename a MODEL_PROVIDER row ` +
      `would stop it for good. End the replication first: DROP SUBSCRIPTION ${name};`,
  );
