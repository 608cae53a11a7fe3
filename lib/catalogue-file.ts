// Reads a catalogue's file: every line that is wrong is named, and what is right is made compact for the functions.
import { readFileSync } from 'node:fs';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import * as z from 'zod';
import {
  type Catalogue,
  type CatalogueModel,
  compactCatalogue,
  modelStatuses,
  runtimesIn,
  standingOf,
} from '../functions/model/catalogue.ts';
import { isWellFormed } from '../functions/model/model-id.ts';

const MAX_SENTENCES = 20;

const Model = z.strictObject({
  id: z
    .string('needs an "id"')
    .refine(
      (id) => isWellFormed(id.replace(/(?:\[\w*)?\*$/, 'm')),
      '"id" must be a model id, or the beginning of ids followed by "*"',
    ),
  runtimes: z
    .array(z.string().regex(/^[A-Za-z0-9._-]+$/, 'a runtime has letters, digits and . _ - only'))
    .min(1, '"runtimes" must name at least one; leave it out for every one')
    .optional(),
  status: z.enum(modelStatuses, `"status" must be one of ${modelStatuses.join(', ')}`).optional(),
  replacement: z.string().refine(isWellFormed, '"replacement" must be a model id').optional(),
});
const File = z.strictObject({
  models: z.array(Model, '"models" must be an array').min(1, '"models" is empty'),
});

/** The catalogue cannot be used. The message has a line for each fault, as `file:line: sentence`. */
export class CatalogueError extends Error {
  override name = 'CatalogueError';
}

/** @throws CatalogueError */
export const readCatalogueFile = (file: string): Catalogue => {
  const text = readText(file);
  const fail = (faults: readonly Fault[]): never => {
    throw new CatalogueError(
      faults
        .slice(0, MAX_SENTENCES)
        .map(({ offset, sentence }) => `${file}:${text.slice(0, offset).split('\n').length}: ${sentence}.`)
        .join('\n'),
    );
  };
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors);
  const faults = errors.map(({ offset, error }) => ({
    offset,
    sentence: `this is not JSON (${printParseErrorCode(error)})`,
  }));
  if (tree === undefined || faults.length > 0) {
    return fail(faults.slice(0, 1));
  }
  const twice = repeatedProperties(tree);
  if (twice.length > 0) {
    return fail(twice);
  }
  const parsed = File.safeParse(getNodeValue(tree));
  if (!parsed.success) {
    return fail(
      parsed.error.issues.map((issue) => ({ offset: offsetOf(tree, issue.path), sentence: issue.message })),
    );
  }
  const { models } = parsed.data;
  const wrong = [...repeated(models), ...wrongReplacements(models)].map(({ index, sentence }) => ({
    offset: offsetOf(tree, ['models', index]),
    sentence,
  }));
  return wrong.length > 0 ? fail(wrong) : compactCatalogue(models);
};

interface Fault {
  offset: number;
  sentence: string;
}

interface ModelFault {
  index: number;
  sentence: string;
}

/** Without the byte order mark that Windows PowerShell writes before what it saves. */
const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new CatalogueError(`${file} cannot be read; write the path of a catalogue's JSON file.`, { cause });
  }
};

/** Where the value is, or the nearest that is there. */
const offsetOf = (tree: Node, path: readonly PropertyKey[]): number => {
  const segments = path.filter((segment) => typeof segment !== 'symbol');
  return (findNodeAtLocation(tree, segments) ?? findNodeAtLocation(tree, segments.slice(0, -1)) ?? tree)
    .offset;
};

/** JSON allows them, and of each all but the last would be lost without a word. */
const repeatedProperties = ({ type, children = [] }: Node): Fault[] => {
  const names = type === 'object' ? children.flatMap(({ children: [name] = [] }) => name ?? []) : [];
  const again = names.filter(({ value }, place) =>
    names.slice(0, place).some((earlier) => earlier.value === value),
  );
  return [
    ...again.map(({ offset, value }) => ({
      offset,
      sentence: `${JSON.stringify(value)} is there already in the same object`,
    })),
    ...children.flatMap(repeatedProperties),
  ];
};

const repeated = (models: readonly CatalogueModel[]): ModelFault[] =>
  [...Map.groupBy(models.entries(), ([, { id }]) => id).values()].flatMap((same) =>
    same.slice(1).flatMap(([index, { id, runtimes }], place) => {
      const isTwice = same.slice(0, place + 1).some(([, earlier]) => overlap(earlier.runtimes, runtimes));
      return isTwice ? [{ index, sentence: `${id} is there already for the same runtime` }] : [];
    }),
  );

const overlap = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === undefined || b === undefined || a.some((runtime) => b.includes(runtime));

/** A replacement is to be of use to somebody: offered for at least one of the runtimes that it is named for. */
const wrongReplacements = (models: readonly CatalogueModel[]): ModelFault[] => {
  const catalogue = compactCatalogue(models);
  const every = [undefined, ...runtimesIn(catalogue)];
  return [...models.entries()].flatMap(([index, { id, replacement, runtimes = every }]) => {
    const isOffered = (runtime: string | undefined) =>
      replacement !== undefined && standingOf(catalogue, replacement, runtime)?.status === 'offered';
    return replacement === undefined || runtimes.some(isOffered)
      ? []
      : [{ index, sentence: `${replacement}, the replacement of ${id}, is not offered itself` }];
  });
};
