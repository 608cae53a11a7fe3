// Rubbish and malice from the network, forty times as much as in `npm test`.
import { describeHostile } from '../hostile/describe-hostile.ts';

describeHostile({ cases: 200_000 });
