// The order in which test files are begun.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begins the files whose paths have one of these parts, in the order of the parts, and then all others. */
export const sequencerOf = (parts: readonly string[]): typeof BaseSequencer =>
  class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const rank = ({ moduleId }: TestSpecification) => {
        const place = parts.findIndex((part) => moduleId.includes(part));
        return place === -1 ? parts.length : place;
      };
      return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
    }
  };
