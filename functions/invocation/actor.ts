// Who sends a request, for the history: as API Gateway's authorizer found out.
import * as z from 'zod/mini';

/** An ARN has at most 2,048 characters, and so has what is kept of any other subject. */
const MAX_LENGTH = 2_048;

const Iam = z.object({ iam: z.object({ userArn: z.string() }) });
const Jwt = z.object({ jwt: z.object({ claims: z.object({ sub: z.string() }) }) });
const Event = z.object({ requestContext: z.object({ authorizer: z.union([Iam, Jwt]) }) });

/** The caller's ARN, or the subject of its token; `unknown` where a token has none. */
export const actorOf = (event: unknown): string => {
  const parsed = Event.safeParse(event);
  if (!parsed.success) {
    return 'unknown';
  }
  const { authorizer } = parsed.data.requestContext;
  const actor = 'iam' in authorizer ? authorizer.iam.userArn : authorizer.jwt.claims.sub;
  // What no column of text can hold must not fail the write: a NUL, and half of a pair at the end of what is kept.
  return actor.replaceAll('\0', '\ufffd').slice(0, MAX_LENGTH).toWellFormed();
};
