// Edit distance: how many typing errors lie between two strings.

/**
 * The least number of characters added, left out, replaced or swapped with their neighbour (optimal string alignment),
 * or `most + 1` where it is more than `most`. Only the cells within `most` of the diagonal are computed, so the time
 * grows with the length of the strings, not with its square.
 */
export const editDistance = (a: string, b: string, most: number): number => {
  const tooFar = most + 1;
  if (Math.abs(a.length - b.length) > most) {
    return tooFar;
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = [];
    row[0] = i;
    for (let j = Math.max(1, i - most); j <= Math.min(b.length, i + most); j++) {
      const at = (cells: number[], index: number) => cells[index] ?? tooFar;
      const replaced = at(last, j - 1) + Number(a[i - 1] !== b[j - 1]);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(beforeLast, j - 2) + 1 : tooFar;
      row[j] = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1, swapped);
    }
    [beforeLast, last] = [last, row];
  }
  return Math.min(last[b.length] ?? tooFar, tooFar);
};
