// Many random states of the table; `npm test` has 12.
import { describeAnyFleet } from '../helpers/any-fleet.ts';

describeAnyFleet({ states: 400 });
