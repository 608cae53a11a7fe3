// The constraint that migrations/20260519000000_workspace_secrets_model_provider_rename.up.sql leaves on workspace_secrets.

/** The migration that makes it. */
export const RENAME_VERSION = '20260519000000';

export const RENAME_CONSTRAINT = 'key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead';

const foundWhere = (more: string): string => `EXISTS (
      SELECT FROM pg_constraint
      WHERE conrelid = to_regclass('workspace_secrets') AND conname = '${RENAME_CONSTRAINT}'${more}
    )`;

/** Whether it refuses what is written, also where no proof has looked at the rows of before yet. */
export const RENAME_REFUSES = foundWhere('');

/**
 * Whether it stands, as the rename has proven it. Where a schema tool has dropped it, or the table was restored or swapped,
 * rows of the old key may have come that nobody sees.
 */
export const RENAME_STANDS = foundWhere(' AND convalidated');
