// Stands in a bundle in the place of the SDK's `@smithy/core/config`, see lib/bundling.ts: what a function sets (region,
// endpoint, retries, FIPS, ...) is in its environment. The SDK would also look for ~/.aws/config and ~/.aws/credentials,
// which Lambda does not have, and merge what it has not found once more for each of some twenty settings.

/** All else is the SDK's; the name, from package.json, is one that lib/bundling.ts leaves as it is. */
export * from '#sdk-config';

type Value = string | number | boolean | string[] | undefined;

/** How the SDK describes a setting. */
interface Setting {
  environmentVariableSelector: (environment: NodeJS.ProcessEnv, options: object) => Value;
  default: Value | (() => Value | Promise<Value>);
}

/** Reads a setting at its first use and keeps it. A value that the SDK cannot read is an error, not the default. */
export const loadConfig = (
  { environmentVariableSelector, default: fallback }: Setting,
  options: object = {},
): (() => Promise<Value>) => {
  const load = async () => {
    const value = environmentVariableSelector(process.env, options);
    if (value !== undefined) {
      return value;
    }
    return typeof fallback === 'function' ? fallback() : fallback;
  };
  let loaded: Promise<Value> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
};

/** The SDK's default. All that other modes would change is a timeout that our clients set, and retries they have anyway. */
export const resolveDefaultsModeConfig = () => async () => 'legacy';
