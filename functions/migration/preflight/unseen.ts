// A look that cannot be had, although the run would do silently what it is for.
import { reasonOf } from '../../database/failures.ts';

/** What a reason ends with that says what cannot be seen. */
export const whyUnseen = (error: unknown): string =>
  `(${reasonOf(error)}). Where the look takes too long, let the owner of workspace_secrets have more time: ` +
  'ALTER ROLE … SET statement_timeout = 0; and see in pg_stat_activity what keeps the database busy.';
