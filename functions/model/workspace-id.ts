// What a workspace id is: a UUID, in either letter case the same workspace.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id in lower case, or nothing where `value` is not a UUID. */
export const parseWorkspaceId = (value: string | undefined): string | undefined =>
  value !== undefined && UUID.test(value) ? value.toLowerCase() : undefined;
