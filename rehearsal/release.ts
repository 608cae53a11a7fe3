// Another release of the project, in a folder of its own: the same but for one migration more.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';

/** Above every version there will ever be. */
export const NEXT_VERSION = '99991231000000';

const COPIED = ['functions', 'sql', 'lib', 'migrations', 'rehearsal', 'cdk.json', 'package.json'];

/** The folder of the release, to deploy from. */
export const makeRelease = (
  folder: string,
  name: string,
  { up, down }: { up: string; down: string },
): string => {
  const release = join(folder, `release-${name}`);
  mkdirSync(release);
  for (const entry of COPIED) {
    cpSync(join(projectRoot, entry), join(release, entry), { recursive: true });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(release, 'node_modules'));
  writeFileSync(join(release, 'migrations', `${NEXT_VERSION}_${name}.up.sql`), up);
  writeFileSync(join(release, 'migrations', `${NEXT_VERSION}_${name}.down.sql`), down);
  return release;
};
