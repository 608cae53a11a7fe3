// The daily audit: every stored pick is read and judged, and those that cannot work are counted by code. It changes nothing.
import { auditCountNames, type FindingCode, recordOf } from './contract.ts';
import { MAX_ROWS } from './database/fleet.ts';
import { type OpenedPick, readPicks } from './database/picks.ts';
import { directFunction } from './invocation/direct.ts';
import { AuditIncompleteError } from './invocation/errors.ts';
import { openService } from './invocation/service.ts';
import { isPicked, type Problem } from './model/model-id.ts';
import { PLAINTEXT_VERSION } from './secrets/cipher.ts';

/** Time kept back for a page that is slow, and to report. */
const RESERVE_MS = 30_000;

const { databaseOf, key, rules } = openService();

/**
 * Answers with the counts, which are its metrics, too; `npm run models -- audit` names the workspaces. Rows keyed
 * MODEL_PROVIDER need no count: once the rename has ended, a constraint refuses them.
 */
export const handler = directFunction('audit', async (_event, context) => {
  const counts = recordOf(auditCountNames, () => 0);
  const database = databaseOf(context);
  let after: string | undefined;
  do {
    if (after !== undefined && context.getRemainingTimeInMillis() < RESERVE_MS) {
      throw new AuditIncompleteError(
        `The time of the function ended after ${counts.Picks} picks. Is the database slow? The whole fleet, without a ` +
          'limit of time: npm run models -- audit --stack <name>',
      );
    }
    const { picks, next } = await readPicks(database, key, { after, rows: MAX_ROWS });
    for (const pick of picks.filter(({ stored }) => stored !== undefined)) {
      const problem = problemOf(pick);
      const findings = findingsOf(pick, problem);
      counts.Picks += 1;
      counts.Findings += Math.sign(findings.length);
      counts.Unusable += Number(problem !== undefined && isUnusable(problem));
      for (const code of findings) {
        counts[code] += 1;
      }
    }
    after = next;
  } while (after !== undefined);
  context.invocation.counts = counts;
  return counts;
});

type PickProblem = Problem['code'] | 'UNREADABLE';

const findingsOf = (pick: OpenedPick, problem: PickProblem | undefined): FindingCode[] => [
  ...(problem === undefined ? [] : [problem]),
  ...(isPlaintext(pick) ? (['PLAINTEXT'] as const) : []),
];

const problemOf = ({ model, runtime, isUnreadable }: OpenedPick): PickProblem | undefined => {
  if (isUnreadable) {
    return 'UNREADABLE';
  }
  return isPicked(model) ? rules.codeOf(model, runtime) : undefined;
};

/** Whether provision would refuse it, or could not read it. */
const isUnusable = (code: PickProblem): boolean =>
  code === 'UNREADABLE' || rules.refusesToProvision({ code });

const isPlaintext = ({ stored }: OpenedPick): boolean =>
  typeof stored === 'object' && stored.encryptionVersion === PLAINTEXT_VERSION;
