// The console, the reference of the API and openapi.json, as pages. Scripts are bundled when they are first asked for.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { file, json, type Page, type Pages } from '../http-api/pages.ts';
import type { Invoked } from '../support/invoke.ts';
import type { Reply } from '../support/loopback-server.ts';

/** What the console asks beside the API. */
export interface ConsoleSource {
  /** Shown on top: which service the console works on. */
  title: string;
  /** What provision answers to a request: its result, or the error that it fails with. */
  provision: (request: object) => Promise<Invoked>;
  migrations: () => Promise<unknown>;
}

const read = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));
const swaggerUi = (name: string): Buffer =>
  readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`));

/** swagger-ui writes styles into the page and shows its icons as data. */
const REFERENCE_POLICY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
};

export const consolePages = (source: ConsoleSource): Pages =>
  new Map<string, Page>([
    ['/', file('text/html; charset=utf-8', read('index.html'))],
    ['/console.css', file('text/css; charset=utf-8', read('console.css'))],
    ['/console.js', bundled('page/main.ts')],
    ['/console/about', () => json({ title: source.title })],
    ['/console/migrations', () => reportingFailures(async () => json(await source.migrations()))],
    ['/console/provision', (query) => reportingFailures(() => provisioned(source, query))],
    ['/openapi.json', file('application/json', read('../../openapi.json'))],
    ['/reference', file('text/html; charset=utf-8', read('reference.html'), REFERENCE_POLICY)],
    ['/reference.js', bundled('reference.js')],
    ['/swagger-ui.css', file('text/css; charset=utf-8', swaggerUi('swagger-ui.css'))],
    ['/swagger-ui-bundle.js', file('text/javascript; charset=utf-8', swaggerUi('swagger-ui-bundle.js'))],
  ]);

/** The database, the API, AWS and the credentials may all fail; the page shows what they say. */
export const reportingFailures = async (answer: () => Promise<Reply>): Promise<Reply> => {
  try {
    return await answer();
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    return json({ message: `The stack cannot be asked: ${name}: ${message}` }, 502);
  }
};

/** Without a model in the request, provision only reads. */
const provisioned = async ({ provision }: ConsoleSource, query: URLSearchParams) => {
  const { failed, result } = await provision({
    workspace_id: query.get('workspace_id'),
    runtime: query.get('runtime'),
  });
  return json(result, failed ? 422 : 200);
};

const bundled = (name: string): Page => {
  let page: Promise<Page> | undefined;
  return async (query) => {
    page ??= bundle(name).then(
      (script) => file('text/javascript; charset=utf-8', script),
      (error) => {
        // The next request tries again.
        page = undefined;
        throw error;
      },
    );
    return (await page)(query);
  };
};

const bundle = async (name: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
};
