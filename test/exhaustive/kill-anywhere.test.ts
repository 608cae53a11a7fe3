// A fleet of many batches, cut at every call.
import { describeKillAnywhere } from '../helpers/kill-anywhere.ts';

describeKillAnywhere({ legacyRows: 5_000, maxBatchPages: 8, minBatches: 20 });
