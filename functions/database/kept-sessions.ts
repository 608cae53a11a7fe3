// Sessions that the Data API keeps open: each has the settings of its user and its database as they were when it began.
import type { Execute } from './client.ts';

/**
 * Those that are like this one, and at work for nobody; and this one at last. They are those of the user who logs in, also
 * where a setting gives it the role of another one, who may not end them.
 */
const END = `DO $end$
BEGIN
  PERFORM set_config('role', 'none', true);
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND state = 'idle' AND usename = session_user AND datname = current_database()
    AND application_name = current_setting('application_name') AND client_addr IS NOT DISTINCT FROM inet_client_addr();
  PERFORM pg_terminate_backend(pg_backend_pid());
END
$end$`;

/** After a refusal: what it says to change, such as a search_path, is to count at the next try. Its own end is an error. */
export const endKeptSessions = async (execute: Execute): Promise<void> => {
  await execute({ sql: END }).catch(() => {});
};
