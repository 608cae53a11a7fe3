// A small fleet and one of many batches, disturbed at every call in each way.
import { describeKillAnywhere, eachDisturbance } from '../helpers/kill-anywhere.ts';

describeKillAnywhere({
  legacyRows: 200,
  maxBatchPages: 2,
  minBatches: 6,
  disturbances: eachDisturbance,
  stride: 1,
});
describeKillAnywhere({
  legacyRows: 5_000,
  maxBatchPages: 8,
  minBatches: 20,
  disturbances: eachDisturbance,
  stride: 1,
});
