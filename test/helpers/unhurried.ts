// For whom statements are sent where nobody waits for an answer.
import type { Caller } from '../../functions/database/attempts.ts';

export const unhurried: Caller = { timeLeft: () => Number.POSITIVE_INFINITY };
