// npm run models -- check, by a catalogue that offers each model for some runtimes alone.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compactCatalogue } from '../../../../functions/model/catalogue.ts';
import { forCommands, models } from '../../../helpers/command-line.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../../helpers/own-directory.ts';
import { startService } from '../../../helpers/service.ts';

const directory = makeOwnDirectory();
afterAll(() => removeOwnDirectory(directory));
const catalogueFile = join(directory, 'catalogue.json');
writeFileSync(
  catalogueFile,
  JSON.stringify(
    compactCatalogue([
      { id: 'opus', runtimes: ['claude-code'] },
      { id: 'gpt-5', runtimes: ['codex'] },
      { id: 'kimi', runtimes: ['hermes'] },
    ]),
  ),
);

const enforcing = await forCommands(startService({ catalogueMode: 'enforce', catalogueFile }));
const advising = await forCommands(startService({ catalogueMode: 'warn', catalogueFile }));
const check = (...args: string[]) => models(['check', ...args], enforcing.directory);

it('judges a model for every runtime that the catalogue names, where none is given', async () => {
  expect(await check('opus')).toMatchObject({
    code: 3,
    out:
      'opus would be saved for a workspace without a runtime.\n' +
      'For codex, hermes it would be refused: MODEL_NOT_OFFERED.\nAsk with --runtime for the reason.\n',
  });
  expect(JSON.parse((await check('opus', '--json')).out)).toMatchObject({
    accepted: true,
    elsewhere: [{ runtimes: ['codex', 'hermes'], accepted: false, code: 'MODEL_NOT_OFFERED' }],
  });
});

it('judges a model for the one runtime that is given', async () => {
  expect(await check('opus', '--runtime', 'claude-code')).toMatchObject({
    code: 0,
    out: 'opus would be saved.\n',
  });
  const refused = await check('opus', '--runtime', 'codex');
  expect([refused.code, refused.out]).toEqual([
    3,
    expect.stringMatching(/^opus would be refused\.\nMODEL_NOT_OFFERED: [^\n]+\n$/),
  ]);
});

it('names the runtime for which a name is a model id', async () => {
  const { code, out } = await check('kimi');
  expect(code).toBe(3);
  expect(out).toMatch(/^kimi would be refused, .+ for a workspace without a runtime\.\nRUNTIME_NAME: /);
  expect(out).toContain('\nFor hermes it would be saved.\n');
});

it('says that a model would be saved all the same where the catalogue only advises', async () => {
  const { code, out } = await models(['check', 'sonnt'], advising.directory);
  expect(code).toBe(3);
  expect(out).toContain('\nFor claude-code, codex, hermes it would be saved: MODEL_NOT_OFFERED.\n');
});
