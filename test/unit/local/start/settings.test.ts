import { expect, it } from 'vitest';
import { readSettings } from '../../../../local/start/settings.ts';

it.each(['team+db', 'team%2Bdb'])(
  'reads the name of the database in DATABASE_URL also where it is written %s',
  (name) => {
    const { databaseUrl } = readSettings(
      { fresh: false, empty: true },
      { DATABASE_URL: `postgresql://me:a%2Bb@localhost/${name}?sslmode=disable` },
    );
    expect(databaseUrl).toBe('postgresql://me:a%2Bb@localhost/team+db?sslmode=disable');
  },
);
