// The migration that this room belongs to.

export const RENAME_VERSION = '20260519000000';
