// A small fleet, cut at every call; test/exhaustive does the same with a large one.
import { describeKillAnywhere } from '../../../helpers/kill-anywhere.ts';

describeKillAnywhere({ legacyRows: 200, maxBatchPages: 2, minBatches: 6 });
