// Rubbish and malice from the network; test/exhaustive has forty times as much.
import { describeHostile } from '../../hostile/describe-hostile.ts';

describeHostile({ cases: 5_000 });
