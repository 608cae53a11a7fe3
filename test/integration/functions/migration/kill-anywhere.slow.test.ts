// A small fleet, disturbed at every fourth call in one of three ways; test/exhaustive does all three at each, and with a
// large one.
import { describeKillAnywhere, disturbancesInTurns } from '../../../helpers/kill-anywhere.ts';

describeKillAnywhere({
  legacyRows: 200,
  maxBatchPages: 2,
  minBatches: 6,
  disturbances: disturbancesInTurns,
  stride: 4,
});
