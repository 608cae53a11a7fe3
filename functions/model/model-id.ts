// What a model id is, and why a string is not one.
import { providerSlugs } from './provider-slugs.ts';
import { runtimeNames } from './runtime-names.ts';

const MAX_LENGTH = 256;
const MODEL_ID = /^[A-Za-z0-9\-/._:@~[\]]+$/;
const EXAMPLES = 'for example "minimax/MiniMax-M2.7" or "anthropic:claude-opus-4-7"';

/**
 * What is wrong with a string as a model, for a runtime or for any. `reason` says what to send instead, and never quotes
 * the string: it may be logged.
 */
export interface Problem {
  code: 'PROVIDER_SLUG' | 'RUNTIME_NAME' | 'MALFORMED_MODEL_ID' | 'MODEL_NOT_OFFERED' | 'MODEL_RETIRED';
  reason: string;
  /** Up to three ids that would be accepted, best first; left out where there is no catalogue. */
  suggestions?: readonly string[] | undefined;
}

/** The list in `ALLOWED_MODEL_IDS`: ids, separated by commas, that are accepted although a slug or runtime has the name. */
export const parseAllowedModelIds = (list: string): ReadonlySet<string> =>
  new Set(list.split(',').map(pickOf).filter(isPicked));

/** The pick in a stored or sent string. The predecessor stored values untrimmed, so readers trim as writers do. */
export const pickOf = (value: string): string => value.trim();

/** Whether there is a pick at all: an empty one means the runtime's own default. */
export const isPicked = (pick: string): boolean => pick !== '';

/**
 * Says why `value` cannot be a model id, or nothing when it can. Ids are compared as written, names of providers and
 * runtimes without regard to case, and only as the whole string: "mistral:latest" is never refused for its prefix.
 */
export const refuseModelId = (value: string, allowed: ReadonlySet<string>): Problem | undefined => {
  if (value.length > MAX_LENGTH) {
    return {
      code: 'MALFORMED_MODEL_ID',
      reason: `A model id has at most ${MAX_LENGTH} characters; this has ${value.length}. Send the id alone, ${EXAMPLES}.`,
    };
  }
  if (!MODEL_ID.test(value)) {
    return {
      code: 'MALFORMED_MODEL_ID',
      reason: `A model id consists of ASCII letters, digits and - / . _ : @ ~ [ ] without spaces. Send such an id, ${EXAMPLES}.`,
    };
  }
  if (allowed.has(value)) {
    return undefined;
  }
  return refuseName(value);
};

const refuseName = (value: string): Problem | undefined => {
  const name = value.toLowerCase();
  if (runtimeNames.has(name)) {
    return {
      code: 'RUNTIME_NAME',
      reason: `This is the name of an agent runtime, not of a model. Send the id of the model that the runtime is to use, ${EXAMPLES}.`,
    };
  }
  if (providerSlugs.has(name)) {
    return {
      code: 'PROVIDER_SLUG',
      reason: `This is the name of a model provider, not of a model. Send the id of one of its models, ${EXAMPLES}.`,
    };
  }
  return undefined;
};
