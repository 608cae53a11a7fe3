// What `npm start` says of the picks that it finds: no other than the API would.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetWorkspace } from '../../../../local/fleet/read-fleet.ts';
import { rulesOf } from '../../../../local/start/catalogue.ts';
import { fleetTable } from '../../../../local/start/fleet-table.ts';
import { mendingCommands, nextCommands, unopenedPicks } from '../../../../local/start/next-commands.ts';
import { readSettings } from '../../../../local/start/settings.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrong-picks-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const kimiOf = (name: string, runtime: string): FleetWorkspace => ({
  id: name,
  name,
  runtime,
  picks: { MODEL: 'kimi' },
});

it('calls no pick wrong that the catalogue offers for its runtime', () => {
  const file = join(folder, 'catalogue.json');
  writeFileSync(file, '{"models": [{"id": "kimi", "runtimes": ["claude-code"]}]}');
  const rules = rulesOf(readSettings({ fresh: false, empty: true }, { MODEL_CATALOGUE: file }));
  const fleet = [kimiOf('offered', 'claude-code'), kimiOf('wrong', 'codex')];
  const table = fleetTable(fleet, fleet, rules);
  expect(table).toMatch(/^offered .* as it was *$/m);
  expect(table).toMatch(/^wrong .* not a model id \(RUNTIME_NAME\) *$/m);
  const mending = mendingCommands('http://localhost', fleet, rules);
  expect(mending[0]).toContain('1 pick is no model id.');
  expect(mending).toContain('# wrong: kimi');
});

it('takes the ids that are allowed by name, where there is no catalogue', () => {
  const fleet = [kimiOf('allowed', 'codex')];
  const settings = (allowed: string) =>
    readSettings({ fresh: false, empty: true }, { ALLOWED_MODEL_IDS: allowed });
  expect(mendingCommands('http://localhost', fleet, rulesOf(settings('kimi')))).toEqual([]);
  expect(mendingCommands('http://localhost', fleet, rulesOf(settings('')))).not.toEqual([]);
});

it.each(['', ' \n'])('calls the pick "%s" none, as GET does', (stored) => {
  const fleet = [{ ...kimiOf('blank', 'codex'), picks: { MODEL: stored } }];
  const rules = rulesOf(readSettings({ fresh: false, empty: true }, {}));
  expect(fleetTable(fleet, fleet, rules)).toMatch(/^blank .* no pick: the runtime has its own default *$/m);
  expect(mendingCommands('http://localhost', fleet, rules)).toEqual([]);
});

it('offers to overwrite no pick that another key opens, and names the file of one', () => {
  const fleet = [
    { ...kimiOf('unopened', 'codex'), picks: { MODEL_PROVIDER: null, MODEL: null } },
    { ...kimiOf('opened', 'codex'), picks: { MODEL: 'a/b' } },
  ];
  const rules = rulesOf(readSettings({ fresh: false, empty: true }, {}));
  expect(fleetTable(fleet, fleet, rules)).toMatch(
    /^unopened .* \(does not open\) +cannot be opened with this key *$/m,
  );
  expect(mendingCommands('http://localhost', fleet, rules)).toEqual([]);
  expect(nextCommands('http://localhost', '', fleet).join()).not.toContain('unopened');
  expect(unopenedPicks(fleet, '.local/encryption-key')).toEqual([
    '1 pick cannot be opened with this key. .local/encryption-key has another one, which is used where SECRETS_ENCRYPTION_KEY is not set.',
  ]);
  expect(unopenedPicks(fleet, undefined)).toEqual([
    '1 pick cannot be opened with this key. Set SECRETS_ENCRYPTION_KEY to the key of the stored picks.',
  ]);
});
