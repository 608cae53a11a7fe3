// The query of GET /workspaces/models, parsed.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { findingCodes } from '../contract.ts';
import { parseWorkspaceId } from '../model/workspace-id.ts';
import { InvalidRequestError } from './errors.ts';

/** What can be filtered by: whether a pick is stored without encryption is no problem of the pick. */
export const problemCodes = findingCodes.filter((code) => code !== 'PLAINTEXT');

const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 100;

// PostgreSQL has no year 0, no offset of 16 hours or more, and no text with a NUL in it.
const READABLE_TIME = /^(?!0000)[^.]+(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):\d\d)$/;
/** Of changed_since, and of `npm run models -- restore --to`. */
export const Time = z.iso.datetime({ offset: true }).check(z.regex(READABLE_TIME));

const hasNoNul = (text: string): boolean => !text.includes('\0');

const Query = z.object({
  limit: z.optional(z.string().check(z.regex(/^[1-9]\d{0,2}$/))),
  cursor: z.optional(z.string()),
  problem: z.optional(z.enum(problemCodes)),
  model: z.optional(z.string()),
  runtime: z.optional(z.string().check(z.refine(hasNoNul))),
  changed_since: z.optional(Time),
});

export interface FleetFilters {
  limit: number;
  /** The id after which the page begins. */
  after: string | undefined;
  problem: string | undefined;
  model: string | undefined;
  runtime: string | undefined;
  changedSince: string | undefined;
}

/** @throws InvalidRequestError naming the parameter that is wrong */
export const fleetFiltersOf = ({ queryStringParameters }: APIGatewayProxyEventV2): FleetFilters => {
  const parsed = Query.safeParse(queryStringParameters ?? {});
  const wrong = parsed.error?.issues[0]?.path[0];
  if (!parsed.success) {
    throw new InvalidRequestError(`${String(wrong)} is wrong. ${EXPECTED}`);
  }
  const { limit, cursor, problem, model, runtime, changed_since: changedSince } = parsed.data;
  const after = parseWorkspaceId(cursor);
  if (cursor !== undefined && after === undefined) {
    throw new InvalidRequestError(`cursor is wrong. ${EXPECTED}`);
  }
  const wanted = limit === undefined ? DEFAULT_LIMIT : Number(limit);
  if (wanted > MAX_LIMIT) {
    throw new InvalidRequestError(`limit is wrong. ${EXPECTED}`);
  }
  return {
    limit: wanted,
    after,
    problem,
    model: model?.trim(),
    runtime: runtime || undefined,
    changedSince,
  };
};

const EXPECTED =
  `Send limit from 1 to 500, cursor as the "next" of the page before, problem as one of ${problemCodes.join(', ')}, ` +
  'changed_since as an ISO time such as 2026-11-25T06:00:00Z, and model and runtime as they are.';
