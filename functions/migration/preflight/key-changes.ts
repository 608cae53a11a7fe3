// What the rename and its undo do to the rows of workspace_secrets, as conditions by which they are looked at beforehand.

export interface KeyChange {
  from: string;
  to: string;
  /** Rows that get the key `to`. */
  changed: string;
  /** Whether rows are taken away: those of `from` beside one of `to`. */
  supersedes: boolean;
  superseded: string;
  /** Rows that the way back writes as they are. */
  givenBack: string;
}

const keyIs = (key: string): string => `CAST(workspace_secrets.key AS text) = '${key}'`;

const BESIDE = `EXISTS (
    SELECT FROM workspace_secrets m WHERE m.workspace_id = workspace_secrets.workspace_id AND CAST(m.key AS text) = 'MODEL'
  )`;

export const RENAME: KeyChange = {
  from: 'MODEL_PROVIDER',
  to: 'MODEL',
  changed: `${keyIs('MODEL_PROVIDER')} AND NOT ${BESIDE}`,
  supersedes: true,
  superseded: `${keyIs('MODEL_PROVIDER')} AND ${BESIDE}`,
  givenBack: keyIs('MODEL_PROVIDER'),
};

/** Its rows that were there before and nobody has written since stay. What does not fit of the superseded ones, it sets aside. */
export const UNDO: KeyChange = {
  from: 'MODEL',
  to: 'MODEL_PROVIDER',
  changed: `${keyIs('MODEL')} AND NOT EXISTS (
    SELECT FROM workspace_model_rename_journal k
    WHERE k.kind = 'kept' AND k.id = workspace_secrets.id
      AND k.encrypted_value IS NOT DISTINCT FROM workspace_secrets.encrypted_value
      AND k.encryption_version IS NOT DISTINCT FROM workspace_secrets.encryption_version
  )`,
  supersedes: false,
  superseded: 'false',
  givenBack: 'false',
};
