// The onEvent function of the CDK's Provider framework, as Lambda would load it out of its asset.
import { createRequire } from 'node:module';
import * as z from 'zod';

const { FRAMEWORK_FOLDER, ANSWERS_URL } = z
  .object({ FRAMEWORK_FOLDER: z.string(), ANSWERS_URL: z.url() })
  .parse(process.env);
const load = createRequire(`${FRAMEWORK_FOLDER}/`);

// CloudFormation takes answers at a signed https URL of S3. The framework's own tests take this seam, too.
Object.assign(load('./outbound.js'), {
  httpRequest: ({ path }: { path: string }, body: string) =>
    fetch(new URL(path, ANSWERS_URL), { method: 'PUT', body }),
});

export const handler: unknown = load('./framework.js').onEvent;
