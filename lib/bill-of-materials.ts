// The third-party packages in a bundle, written beside the code: a bill of materials in CycloneDX's form, and the licences,
// which require to be shipped with it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { mitLicence } from './mit-licence.ts';

/** https://cyclonedx.org/docs/1.6/json/ */
export const BILL_FILE = 'bom.json';
export const NOTICES_FILE = 'THIRD-PARTY-NOTICES';

const Author = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: Author,
});

export type Package = z.infer<typeof Manifest> & { text: string };

/** The same for the same packages, without time or number: the hash of an asset is that of its files. */
export const writeBillOfMaterials = (name: string, packages: Package[], outputFolder: string): void => {
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name } },
    components: packages.map(componentOf),
  };
  writeFileSync(join(outputFolder, BILL_FILE), `${JSON.stringify(bill, null, 2)}\n`);
  writeFileSync(join(outputFolder, NOTICES_FILE), noticesOf(packages));
};

/** Those of which anything is left in a bundle, by name. `inputs` is what esbuild says of it, by paths below `root`. */
export const packagesOf = (root: string, inputs: [file: string, { bytesInOutput: number }][]): Package[] => {
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  const packages = [...new Set(folders)].map((relative) => {
    const folder = join(root, relative);
    const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    return { ...manifest, text: licenceText(folder, manifest) };
  });
  return packages.sort((one, other) => (one.name < other.name ? -1 : 1));
};

/** Some packages name their licence alone. @throws Error where that is another one than MIT */
const licenceText = (folder: string, { name, author, license }: z.infer<typeof Manifest>): string => {
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file !== undefined) {
    return readFileSync(join(folder, file), 'utf8').trim();
  }
  if (license === 'MIT') {
    return mitLicence(author);
  }
  throw new Error(
    `The package ${name} has no licence file; its licence, ${license}, has to be written here.`,
  );
};

const componentOf = ({ name, version, license }: Package) => {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return { type: 'library', 'bom-ref': purl, name, version, licenses: [{ license: { id: license } }], purl };
};

/** Each text once, under all that it is of. */
const noticesOf = (packages: Package[]): string => {
  const byText = Map.groupBy(packages, ({ text }) => text);
  return [...byText]
    .map(([text, of]) => {
      const names = of.map(({ name, version, license }) => `${name} ${version} (${license})`);
      return `${names.join('\n')}\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
};
