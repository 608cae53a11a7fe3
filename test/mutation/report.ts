// What a run of Stryker has found, read from its JSON report.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** Lines and columns count from 1. */
const Position = z.object({ line: z.number(), column: z.number() });
const Mutant = z.object({
  mutatorName: z.string(),
  replacement: z.string(),
  status: z.string(),
  location: z.object({ start: Position, end: Position }),
});
const Report = z.object({ files: z.record(z.string(), z.object({ mutants: z.array(Mutant) })) });

export interface Mutated {
  /** `file:line:column-line:column`, as Stryker takes it: its columns count from 0 there. */
  place: string;
  /** Unlike that of every other mutant. */
  id: string;
  change: string;
  isFound: boolean;
}

/** The file of a pass's report. */
export const reportOf = (pass: string): string => `.stryker-tmp/mutations-${pass}.json`;

/** Neither found nor missed: what does not compile or load, and what runs once, as a module loads. */
const NOT_RUN = ['Ignored', 'CompileError', 'RuntimeError'];
const FOUND = ['Killed', 'Timeout'];

export const readReport = (pass: string): Mutated[] => {
  const { files } = Report.parse(JSON.parse(readFileSync(reportOf(pass), 'utf8')));
  return Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants.filter(({ status }) => !NOT_RUN.includes(status)).map((mutant) => mutatedOf(file, mutant)),
  );
};

const mutatedOf = (
  file: string,
  { mutatorName, replacement, status, location: { start, end } }: z.infer<typeof Mutant>,
): Mutated => {
  const place = `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
  return {
    place,
    id: `${place} ${mutatorName} ${replacement}`,
    change: `${file}:${start.line}:${start.column} ${mutatorName}: ${replacement.replaceAll(/\s+/g, ' ')}`,
    isFound: FOUND.includes(status),
  };
};
