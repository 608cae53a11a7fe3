// A refusal that may be about what another run has moved while it was looked at, such as a repetition of the same request.

/**
 * Judges what `read` returns, and where it refuses, once more what has come of that meanwhile: until it no longer refuses, or
 * nothing has moved. That ends because a run does.
 */
export const judgeAnew = async <State, Verdict>(
  read: () => Promise<State>,
  judge: (state: State) => Promise<Verdict>,
  refuses: (verdict: Verdict) => boolean,
): Promise<Verdict> => {
  for (let state = await read(); ; ) {
    const verdict = await judge(state);
    if (!refuses(verdict)) {
      return verdict;
    }
    const after = await read();
    if (JSON.stringify(after) === JSON.stringify(state)) {
      return verdict;
    }
    state = after;
  }
};
