// A statement at work. Its caller and its connection are done with it at different moments:
//
//   statement sent ────► answer: what the caller gets, at the latest when the time is up
//                  └───────────────► ended: the connection has nothing of it left to do
//
// The two differ where a statement is to run on after its timeout (continueAfterTimeout).

export class Running<T> {
  /** The result, or the error that the caller gets. */
  readonly answer: Promise<T>;
  /** Whether the connection may be used again; it must be closed otherwise. Never rejects. */
  readonly ended: Promise<boolean>;

  constructor(answer: Promise<T>, ended: Promise<boolean>) {
    this.answer = answer;
    this.ended = ended;
  }

  /** Goes on with the answer, on the same connection: so the end waits for that, too. */
  map<U>(next: (value: T) => U | Promise<U>): Running<U> {
    const answer = this.answer.then(next);
    const settled = answer.then(
      () => this.ended,
      () => this.ended,
    );
    return new Running(answer, settled);
  }
}
