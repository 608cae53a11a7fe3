// A reason not to start that the person who typed the command can mend.

export class StartError extends Error {
  override name = 'StartError';
}
