// Moves every stored value to the current encryption key, so that the previous one may be removed (secrets/encryption-key.ts
// has the order of a replacement). Works as the owner: the API's user may change neither the history nor the rename's journal.
//
// It can be stopped anywhere and begun again: what the current key opens is left as it is. Each value is written by
// compare and set, so a pick that is saved meanwhile is never overwritten; it is with the current key already. Locked rows
// are left for the next pass. A pass that changes nothing and leaves nothing has proved that all is moved.
import { createHash, type KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { pickOf } from '../model/model-id.ts';
import {
  AES_256_GCM_VERSION,
  decrypt,
  encrypt,
  LONGEST_VALUE,
  PLAINTEXT_VERSION,
  plaintextOf,
} from '../secrets/cipher.ts';
import { DecryptError } from '../secrets/errors.ts';
import { literal } from './atomic-call.ts';
import type { Execute } from './client.ts';
import { DatabaseRefusedError } from './errors.ts';
import { firstRow } from './fields.ts';
import { queryRows } from './rows.ts';

/** Rows that one call looks at; 1,000 of at most 600 bytes stay below the Data API's 1 MiB. */
const BATCH = 1_000;

interface Table {
  name: string;
  /** What tells a row, and orders them. */
  key: readonly string[];
  /** Which rows are read at all; all of them where it is left out. */
  within?: string;
  /** Which of them hold a value. */
  holds: string;
  /** Encrypted rows that are not this table's values: counted, and never touched. */
  counted?: { others: string; legacy: string };
  /** Copies of a row that are compared with it, and so have to stay equal. */
  copies?: string;
}

const TABLES: readonly Table[] = [
  {
    name: 'workspace_secrets',
    key: ['id'],
    holds: `key = 'MODEL'`,
    counted: {
      others: `encryption_version = ${AES_256_GCM_VERSION} AND CAST(key AS text) NOT IN ('MODEL', 'MODEL_PROVIDER')`,
      legacy: `encryption_version = ${AES_256_GCM_VERSION} AND CAST(key AS text) = 'MODEL_PROVIDER'`,
    },
    // By these an undo of the rename knows what nobody has written since.
    copies: `, copied AS (
      UPDATE workspace_model_rename_journal j
      SET encrypted_value = decode(l.new, 'base64'), encryption_version = ${AES_256_GCM_VERSION}
      FROM changed l
      WHERE l.is_moved AND j.kind = 'kept' AND CAST(j.id AS text) = l.place ->> 0
        AND encode(sha256(j.encrypted_value), 'hex') = l.old
    )`,
  },
  {
    name: 'workspace_model_rename_superseded',
    key: ['id'],
    holds: 'true',
    copies: `, copied AS (
      UPDATE workspace_model_rename_journal j
      SET encrypted_value = decode(l.new, 'base64'), encryption_version = ${AES_256_GCM_VERSION}
      FROM changed l
      WHERE l.is_moved AND j.kind = 'superseded' AND CAST(j.id AS text) = l.place ->> 0
    )`,
  },
  // Where release 1.0 made the rename, superseded rows stand here alone.
  {
    name: 'workspace_model_rename_journal',
    key: ['id'],
    within: `kind = 'superseded'`,
    holds: `kind = 'superseded'`,
  },
  { name: 'workspace_model_history', key: ['workspace_id', 'id'], holds: 'encrypted_value IS NOT NULL' },
];

export interface Keys {
  current: KeyObject;
  /** Undefined where the secret was never changed. */
  previous: KeyObject | undefined;
}

export interface ReencryptBatch {
  table: string;
  looked: number;
  changed: number;
  /** Saved anew or locked meanwhile; the next pass looks at them again. */
  skipped: number;
  /** A trigger of the platform's has kept them as they are: the previous key still opens them. */
  kept: number;
  /** Opened by neither key, or plain bytes that no pick has: left as they were, and of no use to any key. */
  unreadable: number;
  /** Encrypted, and left as they were although the previous key may open them: too long, of an unknown version, or no text. */
  unmovable: number;
  /** Encrypted rows of other keys, which are not this service's: somebody else has to move them. */
  others: number;
  /** Encrypted legacy rows, which are there before the rename and after its undo: the rename makes picks of them. */
  legacy: number;
}

export interface ReencryptOptions {
  keys: Keys;
  /** Counts what would be changed, and changes nothing. */
  dryRun: boolean;
}

/**
 * One pass over all tables, a batch at a time.
 * @throws DatabaseRefusedError where this user does not see the picks, of which nothing could be said then
 */
export async function* reencrypt(
  execute: Execute,
  { keys, dryRun }: ReencryptOptions,
): AsyncGenerator<ReencryptBatch> {
  await requireSight(execute);
  for (const known of TABLES) {
    const table = await withTypes(execute, known);
    if (table === undefined) {
      continue;
    }
    let after: Place | undefined;
    do {
      const { last, scanned, others, legacy, rows } = await readBatch(execute, table, after);
      const moves = rows.map((row) => moveOf(row, keys));
      const wanted = moves.filter((move) => typeof move === 'object');
      const { changed, locked } =
        dryRun || wanted.length === 0
          ? { changed: wanted.length, locked: wanted.length }
          : await write(execute, table, wanted);
      yield {
        table: table.name,
        looked: rows.length,
        changed,
        skipped: wanted.length - locked,
        kept: locked - changed,
        unreadable: moves.filter((move) => move === 'unreadable').length,
        unmovable: moves.filter((move) => move === 'unmovable').length,
        others,
        legacy,
      };
      after = scanned < BATCH ? undefined : last;
    } while (after !== undefined);
  }
}

const Sight = z.object({
  secrets: z.nullable(z.string()),
  is_other: z.boolean(),
  hidden: z.nullable(z.string()),
});

/**
 * A table that this user's search_path does not find, or whose rows are hidden from it, looks as one without values. The view
 * of the picks knows its table; before the rename and after its undo there is none.
 */
const requireSight = async (execute: Execute): Promise<void> => {
  const sql = `
    SELECT CAST(to_regclass('workspace_secrets') AS text) AS secrets,
      EXISTS (
        SELECT FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        WHERE v.relname = 'workspace_model_picks_table' AND v.relkind = 'v'
          AND v.oid = coalesce(to_regclass('workspace_model_picks_table'), v.oid)
          AND d.refobjid NOT IN (v.oid, to_regclass('workspace_secrets'))
      ) AS is_other,
      (SELECT string_agg(name, ', ') FROM unnest(ARRAY[${TABLES.map(({ name }) => literal(name)).join(', ')}]) AS name
       WHERE row_security_active(to_regclass(name))) AS hidden`;
  const { secrets, is_other: isOther, hidden } = firstRow(await queryRows(execute, Sight, { sql }));
  if (secrets === null || isOther) {
    throw new DatabaseRefusedError(
      `The database user of the owner's secret finds ${secrets === null ? 'no table' : 'another table'} workspace_secrets ` +
        'where the picks should be, so nothing was looked at. Where the platform has put another table in the place of theirs: ' +
        'npm run migrate -- up. Otherwise give the user the search_path that it had at the deploy: ALTER ROLE … SET search_path = …',
    );
  }
  if (hidden !== null) {
    throw new DatabaseRefusedError(
      `Row-level security hides rows of ${hidden} from the database user of the owner's secret, so nothing was looked at. ` +
        'Put the user that owns the tables into that secret, or run: ALTER TABLE … NO FORCE ROW LEVEL SECURITY',
    );
  }
};

/** A table with the types of its key: ids of secrets are texts in some databases. */
interface TypedTable extends Table {
  columns: readonly { name: string; type: string }[];
}

const Column = z.object({ name: z.string(), type: z.string(), has_journal: z.boolean() });

/**
 * Undefined where there is no such table: the rename of release 1.0 has made none for superseded rows. An undo drops the journal,
 * and with it the copies.
 */
const withTypes = async (execute: Execute, table: Table): Promise<TypedTable | undefined> => {
  const sql = `
    SELECT name, type, to_regclass('workspace_model_rename_journal') IS NOT NULL AS has_journal FROM (
      SELECT CAST(attname AS text) AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = to_regclass(${literal(table.name)})
        AND attname IN (${table.key.map(literal).join(', ')}) AND NOT attisdropped
      UNION ALL SELECT '', ''
    ) AS columns`;
  const found = await queryRows(execute, Column, { sql });
  const { has_journal: hasJournal } = firstRow(found);
  const columns = table.key.flatMap((key) => found.find(({ name }) => name === key) ?? []);
  const { copies, ...plain } = table;
  return columns.length < table.key.length
    ? undefined
    : { ...plain, columns, ...(hasJournal && copies !== undefined && { copies }) };
};

const Place = z.array(z.string());
type Place = z.infer<typeof Place>;

const json = <T>(schema: z.ZodMiniType<T>) =>
  z.pipe(
    z.string(),
    z.transform((text: string) => schema.parse(JSON.parse(text))),
  );

const BatchRow = z.object({
  last: z.nullable(json(Place)),
  scanned: z.number(),
  others: z.number(),
  legacy: z.number(),
  place: z.nullable(json(Place)),
  value: z.nullable(z.string()),
  version: z.nullable(z.number()),
});

interface StoredRow {
  place: Place;
  /** Undefined where it is too long to have been written with a key. */
  value: Buffer | undefined;
  version: number;
}

interface Move {
  place: Place;
  /** SHA-256 of what is stored, in hex. */
  old: string;
  /** What is to be stored, in base64. */
  new: string;
}

const placeOf = ({ key }: Table, alias: string): string =>
  `jsonb_build_array(${key.map((column) => `CAST(${alias}.${column} AS text)`).join(', ')})`;

const readBatch = async (execute: Execute, table: TypedTable, after: Place | undefined) => {
  const columns = table.key.join(', ');
  const { within = 'true', counted = { others: 'false', legacy: 'false' } } = table;
  const behind = table.columns.map(({ type }, index) => `CAST(:after_${index} AS ${type})`);
  const sql = `
    WITH scanned AS MATERIALIZED (
      SELECT ${columns}, ${table.holds} AS holds, ${counted.others} AS is_other, ${counted.legacy} AS is_legacy, encryption_version,
        CASE WHEN ${table.holds} AND octet_length(encrypted_value) <= ${LONGEST_VALUE} THEN encrypted_value END AS encrypted_value
      FROM ${table.name} WHERE ${within}${after === undefined ? '' : ` AND (${columns}) > (${behind.join(', ')})`}
      ORDER BY ${columns} LIMIT ${BATCH}
    )
    SELECT
      (SELECT CAST(${placeOf(table, 's')} AS text) FROM scanned s ORDER BY ${table.key.map((column) => `${column} DESC`).join(', ')} LIMIT 1) AS last,
      CAST((SELECT count(*) FROM scanned) AS int) AS scanned,
      CAST((SELECT count(*) FROM scanned WHERE is_other) AS int) AS others,
      CAST((SELECT count(*) FROM scanned WHERE is_legacy) AS int) AS legacy,
      CASE WHEN p.holds THEN CAST(${placeOf(table, 'p')} AS text) END AS place,
      encode(p.encrypted_value, 'base64') AS value, p.encryption_version AS version
    FROM (VALUES (1)) AS one (row) LEFT JOIN scanned p ON p.holds`;
  const parameters = (after ?? []).map((text, index) => ({
    name: `after_${index}`,
    value: { stringValue: text },
  }));
  const found = await queryRows(execute, BatchRow, { sql, parameters });
  const rows = found.flatMap(({ place, value, version }) =>
    place === null
      ? []
      : [{ place, value: value === null ? undefined : Buffer.from(value, 'base64'), version: version ?? -1 }],
  );
  const { last, scanned, others, legacy } = firstRow(found);
  return { last: last ?? undefined, scanned, others, legacy, rows };
};

/** In the place of bytes that are no UTF-8: written anew, they would be lost. */
const NOT_UTF8 = '\uFFFD';

/** What is to become of a row: nothing where the current key opens it. */
const moveOf = (
  { place, value, version }: StoredRow,
  keys: Keys,
): Move | 'unreadable' | 'unmovable' | undefined => {
  if (version === PLAINTEXT_VERSION) {
    return (value && moveTo(keys.current, place, value, pickOf(plaintextOf(value)))) ?? 'unreadable';
  }
  if (value === undefined || version !== AES_256_GCM_VERSION) {
    return 'unmovable';
  }
  if (opened(value, keys.current) !== undefined) {
    return undefined;
  }
  const text = keys.previous && opened(value, keys.previous);
  return text === undefined ? 'unreadable' : (moveTo(keys.current, place, value, text) ?? 'unmovable');
};

/** Undefined for what is no text, and for plain text that would be too long to be read once it is encrypted. */
const moveTo = (key: KeyObject, place: Place, value: Buffer, text: string): Move | undefined => {
  const moved = encrypt(key, text);
  return text.includes(NOT_UTF8) || moved.length > LONGEST_VALUE
    ? undefined
    : {
        place,
        old: createHash('sha256').update(value).digest('hex'),
        new: moved.toString('base64'),
      };
};

const opened = (value: Buffer, key: KeyObject): string | undefined => {
  try {
    return decrypt(key, value);
  } catch (error) {
    if (error instanceof DecryptError) {
      return undefined;
    }
    throw error;
  }
};

const Changed = z.object({ changed: z.number(), locked: z.number() });

const write = async (
  execute: Execute,
  table: TypedTable,
  moves: Move[],
): Promise<z.infer<typeof Changed>> => {
  const isPlace = table.columns.map(
    ({ name, type }, index) => `s.${name} = CAST(w.place ->> ${index} AS ${type})`,
  );
  const sql = `
    WITH wanted AS MATERIALIZED (
      SELECT place, old, new FROM jsonb_to_recordset(CAST(:moves AS jsonb)) AS move (place jsonb, old text, new text)
    ), locked AS MATERIALIZED (
      SELECT ${table.key.map((column) => `s.${column}`).join(', ')}, w.place, w.old, w.new
      FROM wanted w JOIN ${table.name} s ON ${isPlace.join(' AND ')}
      WHERE encode(sha256(s.encrypted_value), 'hex') = w.old AND ${table.holds}
      FOR UPDATE OF s SKIP LOCKED
    ), changed AS (
      UPDATE ${table.name} s SET encrypted_value = decode(l.new, 'base64'), encryption_version = ${AES_256_GCM_VERSION}
      FROM locked l WHERE ${table.key.map((column) => `s.${column} = l.${column}`).join(' AND ')} AND ${table.holds}
      RETURNING l.place, l.old, l.new, s.encrypted_value = decode(l.new, 'base64') AS is_moved
    )${table.copies ?? ''}
    SELECT CAST(count(*) FILTER (WHERE is_moved) AS int) AS changed, CAST((SELECT count(*) FROM locked) AS int) AS locked
    FROM changed`;
  const parameters = [{ name: 'moves', value: { stringValue: JSON.stringify(moves) } }];
  return firstRow(await queryRows(execute, Changed, { sql, parameters }));
};
