// The life of the custom resource, as CDK's Provider framework tells it to its handler.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { missingPlaces } from '../database/platform-tables.ts';
import { ServiceError } from '../errors.ts';
import { AnotherRunnerError, DatabaseSetupError, MigrationFailedError } from './errors.ts';
import { retrying } from './retry.ts';
import { ledgerOf, type RunOptions, run, undoAbove } from './run.ts';

const Flag = z.enum(['true', 'false'], 'ExistingDatabase must be "true" or "false".');

const Properties = z.object({
  TargetVersion: z
    .string('TargetVersion is missing: it is the version that the database is to have.')
    .check(z.regex(/^\d{14}$/, 'TargetVersion must be 14 digits.')),
  /** "true" where an existing cluster is joined: without the platform's tables it is the wrong database. */
  ExistingDatabase: z._default(Flag, 'false'),
  /** The secret of the database user that get, set and provision work as; made and granted its rights here. */
  ApiUserSecretArn: z.optional(z.string()),
});

/** Update also comes as the undo of a failed Update, with old and new properties swapped: it is treated alike. */
export const DeployEvent = z.discriminatedUnion('RequestType', [
  z.object({ RequestType: z.literal('Create'), RequestId: z.string(), ResourceProperties: Properties }),
  z.object({ RequestType: z.literal('Update'), RequestId: z.string(), ResourceProperties: Properties }),
  z.object({ RequestType: z.literal('Delete') }),
]);

/** A Create or Update. */
export type DeployRequest = Exclude<z.infer<typeof DeployEvent>, { RequestType: 'Delete' }>;

/** The same request has the same token, so its repetition takes over from a run that was cut. */
export const tokenOf = (requestId: string): string =>
  createHash('sha256').update(requestId).digest('hex').slice(0, 32);

/**
 * Brings the database to the event's target, then does `finish` and returns its result. CloudFormation sends nothing
 * after a failed Create, so a Create that fails anywhere goes back to where it began, for which `undoOptions` has the
 * time; after a failed Update it sends the Update that goes back.
 * @throws DatabaseSetupError, HistoryError, AnotherRunnerError, NotFinishedError, MigrationFailedError
 */
export const deploy = async <Result>(
  options: RunOptions,
  undoOptions: RunOptions,
  request: DeployRequest,
  finish: () => Promise<Result>,
): Promise<Result> => {
  const { TargetVersion, ExistingDatabase } = request.ResourceProperties;
  if (ExistingDatabase === 'true') {
    await requireTables(options);
  }

  const applied = (await ledgerOf(options)).filter(({ state }) => state === 'applied');
  try {
    await run(options, TargetVersion);
    return await finish();
  } catch (error) {
    if (request.RequestType === 'Create') {
      await goBack(undoOptions, applied.at(-1)?.version ?? '', error);
    }
    throw error;
  }
};

const requireTables = async ({ execute }: RunOptions): Promise<void> => {
  const missing = await missingPlaces(retrying(execute, 'tables'));
  if (missing.length === 0) {
    return;
  }
  throw new DatabaseSetupError(
    `The database lacks ${missing.join(', ')}. Is it the platform's database? Check databaseName; nothing was changed.`,
  );
};

/** Another runner's work is left to it. */
const goBack = async (options: RunOptions, version: string, failure: unknown): Promise<void> => {
  if (failure instanceof AnotherRunnerError) {
    return;
  }
  try {
    await undoAbove(options, version);
  } catch (error) {
    const [first, second] = [failure, error].map((each) =>
      each instanceof ServiceError ? each.message : 'Unknown error.',
    );
    throw new MigrationFailedError(
      `${first} Going back failed, too: ${second} The next deploy goes on from there.`,
      { cause: failure },
    );
  }
};
