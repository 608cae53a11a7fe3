// What others have made on tables, views and functions, which keeps these from being dropped.
import * as z from 'zod/mini';
import { literal } from './atomic-call.ts';
import type { Execute } from './client.ts';
import { queryRows } from './rows.ts';

const Dependent = z.object({ dependent: z.string(), on: z.string() });

export type Dependent = z.infer<typeof Dependent>;

/**
 * A row type may be that of a column or an argument, and so may its array. What goes together with the whole, such as its
 * place in a publication, is no dependent, also where it names a column.
 */
const dependentsSql = (names: readonly string[]): string => `
  WITH dropped AS (
    SELECT name, CAST(to_regclass(name) AS oid) AS relation, CAST(to_regproc(name) AS oid) AS function
    FROM (VALUES ${names.map((name) => `(${literal(name)})`).join(', ')}) AS named (name)
  ), held AS (
    SELECT name, 'pg_class'::regclass AS class, relation AS oid FROM dropped
    UNION ALL SELECT name, 'pg_proc'::regclass, function FROM dropped
    UNION ALL SELECT name, 'pg_type'::regclass, t.oid FROM dropped
      JOIN pg_type r ON r.typrelid = relation JOIN pg_type t ON t.oid IN (r.oid, r.typarray)
  ), dependents AS (
    SELECT h.name, d.classid, d.objid, d.objsubid, coalesce(r.ev_class, k.conrelid, g.tgrelid, p.polrelid, f.adrelid,
      CASE WHEN d.classid = 'pg_class'::regclass THEN d.objid END, 0) AS relation
    FROM held h JOIN pg_depend d ON d.refclassid = h.class AND d.refobjid = h.oid AND d.deptype = 'n' AND NOT EXISTS (
      SELECT FROM pg_depend a WHERE a.classid = d.classid AND a.objid = d.objid AND a.refclassid = d.refclassid
        AND a.refobjid = d.refobjid AND a.deptype IN ('a', 'i')
    )
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
    LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
    LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
  )
  SELECT DISTINCT name AS on, CASE WHEN relation = 0 OR classid = 'pg_constraint'::regclass
    THEN pg_describe_object(classid, objid, objsubid) ELSE pg_describe_object('pg_class'::regclass, relation, 0) END AS dependent
  FROM dependents WHERE relation NOT IN (SELECT relation FROM dropped WHERE relation IS NOT NULL)
  ORDER BY 1, 2`;

/** Of those of these names that are there. What is dropped together with them is none. */
export const readDependents = (execute: Execute, names: readonly string[]): Promise<Dependent[]> =>
  names.length === 0 ? Promise.resolve([]) : queryRows(execute, Dependent, { sql: dependentsSql(names) });
