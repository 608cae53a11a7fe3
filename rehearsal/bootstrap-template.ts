// The CDK's own bootstrap template, less what the emulator takes for a refusal.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { projectRoot } from '../lib/project.ts';

const TEMPLATE = join(projectRoot, 'node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml');

/** Two conditions of AWS that do not hold over plain HTTP to an emulator: TLS, and whose account the bucket is. */
const UNKNOWN_THERE = [
  ['Resources', 'StagingBucketPolicy'],
  [
    'Resources',
    'FilePublishingRoleDefaultPolicy',
    'Properties',
    'PolicyDocument',
    'Statement',
    0,
    'Condition',
  ],
];

export const writeBootstrapTemplate = (file: string): string => {
  const template = parseDocument(readFileSync(TEMPLATE, 'utf8'));
  for (const path of UNKNOWN_THERE) {
    if (!template.deleteIn(path)) {
      throw new Error(`The CDK's bootstrap template has no ${path.join('.')} any more.`);
    }
  }
  writeFileSync(file, String(template));
  return file;
};
