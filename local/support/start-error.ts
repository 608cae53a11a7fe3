// A reason not to start that the person who typed the command can mend.

export class StartError extends Error {
  override name = 'StartError';
  readonly reason: string;

  /** `reason` is a sentence that says what is wrong, and one that says what to do. */
  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot start: ${reason}`, options);
    this.reason = reason;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EEXIST: 'a file is in its place',
  EISDIR: 'a directory is in its place',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no directory',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ERR_FS_EISDIR: 'a directory is in its place',
};

/** A failure of the file system, at `path` where it does not say so itself, as a StartError; anything else as it is. */
export const asStartError = (error: unknown, path?: string): unknown => {
  if (!(error instanceof Error) || !('code' in error)) {
    return error;
  }
  const words = WORDS[`${error.code}`];
  if (words === undefined) {
    return error;
  }
  const place = path ?? ('path' in error ? error.path : 'A file');
  return new StartError(
    `${place} cannot be used: ${words}. Mend that, or set LOCAL_DIR to another directory.`,
    {
      cause: error,
    },
  );
};
