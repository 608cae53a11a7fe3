// Whether a machine of a runtime must have a model: without one, some runtimes use a default that nobody picked.

interface ModelDemand {
  /** `true`, or anything else for no demand. */
  required: string;
  /** Runtimes that need no model, separated by commas. */
  exemptRuntimes: string;
}

export const parseModelDemand = ({
  required,
  exemptRuntimes,
}: ModelDemand): ((runtime: string) => boolean) => {
  const exempt = new Set(exemptRuntimes.split(',').map((name) => name.trim()));
  return (runtime) => required === 'true' && !exempt.has(runtime);
};
