// Stands in a bundle in the place of the SDK's chain of credential providers, see lib/bundling.ts: Lambda hands a
// function its credentials in the environment, for as long as it lives, so the chain's other eight are never asked.
import { ServiceError } from '../errors.ts';

/** Under the name by which the SDK's clients import the chain. */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
    throw new ServiceError('The environment holds no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
  };
};
