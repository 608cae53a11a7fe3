// The Python programs of the rehearsal.
import { join } from 'node:path';
import { pythonPrograms } from './python-environment.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** The path of an installed program. @throws MissingPythonError where Python cannot do its part. */
export const pythonTool = (name: 'ministack' | 'cfn-lint'): string =>
  join(pythonPrograms('rehearsal-python', REQUIREMENTS), name);
