// The condition of a request: If-Match and If-None-Match (RFC 9110, section 13).
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Condition } from '../database/workspace-model.ts';
import { InvalidConditionError } from './errors.ts';

/** Strong ETags, separated by commas; a weak one never matches and is no error. */
const ETAGS = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/;

/** @throws InvalidConditionError */
export const conditionOf = ({ headers = {} }: APIGatewayProxyEventV2): Condition => {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new InvalidConditionError('Send If-Match or If-None-Match, not both.');
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') {
      throw new InvalidConditionError('If-None-Match must be *: it asks that nothing is picked yet.');
    }
    return 'first';
  }
  return ifMatch === undefined ? 'always' : { ifMatch: expectedEtags(ifMatch) };
};

const expectedEtags = (ifMatch: string): string => {
  if (ifMatch.trim() === '*') {
    return '*';
  }
  if (!ETAGS.test(ifMatch)) {
    throw new InvalidConditionError('If-Match must be the ETag of an answer, with its quotes, or *.');
  }
  const strong = [...ifMatch.matchAll(/(W\/)?"([^"]*)"/g)].filter(([, weak]) => weak === undefined);
  // One of ours is hexadecimal. In quotes even * is an ETag, of nothing that is stored here.
  return strong.flatMap(([, , etag = '']) => (/^[0-9a-f]+$/.test(etag) ? [etag] : [])).join(',');
};
