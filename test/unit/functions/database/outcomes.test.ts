// What a row means that a statement on a pick returns, also one that no statement of this release returns.
import { describe, expect, it } from 'vitest';
import type { Database } from '../../../../functions/database/attempts.ts';
import { DatabaseAnswerError } from '../../../../functions/database/errors.ts';
import { readHistory } from '../../../../functions/database/history.ts';
import { serviceErrorOf } from '../../../../functions/database/service-error.ts';
import { type Save, saveModel } from '../../../../functions/database/workspace-model.ts';
import { EncryptionKey } from '../../../../functions/secrets/encryption-key.ts';
import { postgresError } from '../../../helpers/data-api-errors.ts';

const workspaceId = '00000000-0000-4000-8000-000000000001';
const save: Save = {
  workspaceId,
  encryptedValue: Buffer.from('x'),
  actor: 'test',
  condition: 'always',
  refusing: { allBut: false, names: [] },
};

const outcomeOf = (outcome: string, runtime: string | undefined) =>
  saveModel(
    {
      read: () => Promise.reject(new Error('Nothing is read.')),
      write: async (_, parse) =>
        parse([
          { stringValue: outcome },
          { longValue: 1 },
          runtime === undefined ? { isNull: true } : { stringValue: runtime },
        ]),
    },
    save,
  );

describe('the outcome of a write', () => {
  it.each(['written', 'changed', 'refused', 'absent'])(
    'is %s, with the runtime of the workspace',
    async (outcome) => {
      expect(await outcomeOf(outcome, 'hermes')).toEqual({ outcome, runtime: 'hermes' });
      expect(await outcomeOf(outcome, '')).toEqual({ outcome, runtime: undefined });
      expect(await outcomeOf(outcome, undefined)).toEqual({ outcome, runtime: undefined });
    },
  );

  it.each([
    ['not migrated', 'DATABASE_NOT_MIGRATED'],
    ['no workspace', 'WORKSPACE_NOT_FOUND'],
    ['kept', 'DATABASE_REFUSED'],
  ])('fails where it is %s', async (outcome, code) => {
    await expect(outcomeOf(outcome, undefined)).rejects.toMatchObject({ code });
  });

  describe('that violates a foreign key', () => {
    const violating = (times: number) => {
      let calls = 0;
      const database: Database = {
        read: () => Promise.reject(new Error('Nothing is read.')),
        write: async (_, parse) => {
          calls += 1;
          if (calls <= times) {
            throw serviceErrorOf(postgresError('23503'));
          }
          return parse([{ stringValue: 'no workspace' }]);
        },
      };
      return saveModel(database, save);
    };

    it('is looked at once more: where the workspace was deleted meanwhile, it is not found', async () => {
      await expect(violating(1)).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
    });

    it("is refused where the key is one of the platform's", async () => {
      await expect(violating(2)).rejects.toMatchObject({ code: 'DATABASE_REFUSED' });
    });
  });

  it('fails where it is not known', async () => {
    await expect(outcomeOf('saved', undefined)).rejects.toThrow(
      new DatabaseAnswerError('The database returned an outcome that is not known.'),
    );
  });
});

it('an action in the history that is not known is no entry', async () => {
  const row = [
    { booleanValue: true },
    { booleanValue: true },
    { stringValue: 'renamed' },
    { stringValue: 'somebody' },
    { stringValue: '2026-11-30T00:00:00.000Z' },
    { isNull: true },
    { longValue: -1 },
  ];
  const reading = readHistory(
    { read: async (_, parse) => parse({ rows: [row], updated: 0 }) },
    new EncryptionKey('arn:aws:secretsmanager:eu-west-1:111122223333:secret:key'),
    workspaceId,
  );
  await expect(reading).rejects.toThrow(
    new DatabaseAnswerError('The database returned an action that is not known.'),
  );
});
