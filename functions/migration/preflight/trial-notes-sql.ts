// What the parts of the trial have in common: how one is taken back, what passes by itself, and what is noted where one fails.
import { OWN_SQLSTATE, SQLSTATE } from '../../database/failures.ts';

/** Ends a part of the trial, to take it back. */
export const TAKE_BACK = `RAISE SQLSTATE '${OWN_SQLSTATE.partTried}'`;
/** Passes by itself, so the whole trial is repeated: no lock, a conflict. */
export const PASSING = `('${SQLSTATE.lockNotAvailable}', '${SQLSTATE.serializationFailure}', '${SQLSTATE.deadlockDetected}')`;
export const TAG = '$tried$';

export const noted = (message: string): string => `reasons := reasons || jsonb_build_object(
      'phase', phase, 'state', '', 'message', ${message}, 'column', '', 'constraint', '', 'table', '', 'type', '', 'context', '');`;

export const noteFailure = `EXCEPTION
    WHEN SQLSTATE '${OWN_SQLSTATE.partTried}' THEN NULL;
    WHEN OTHERS THEN
      IF SQLSTATE IN ${PASSING} THEN RAISE; END IF;
      GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, failed_column = COLUMN_NAME, failed_constraint = CONSTRAINT_NAME,
        failed_table = TABLE_NAME, failed_type = PG_DATATYPE_NAME, context = PG_EXCEPTION_CONTEXT;
      reasons := reasons || jsonb_build_object('phase', phase, 'state', SQLSTATE, 'message', said, 'column', failed_column,
        'constraint', failed_constraint, 'table', failed_table, 'type', failed_type, 'context', context);`;

export const notedPart = (body: string): string => `BEGIN
      ${body}
      ${TAKE_BACK};
    ${noteFailure}
    END;`;
