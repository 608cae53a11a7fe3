// The pages that the stack serves beside the API: the files of one directory, read once.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Reply } from '../support/loopback-server.ts';

/** The answer to a GET by its path; `/` is index.html. */
export type StaticFiles = ReadonlyMap<string, Reply>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  'cache-control': 'no-store',
  // Nothing from elsewhere runs in a page that may change picks, and no other page shows it in a frame.
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

export const readStaticFiles = (directory: string): StaticFiles => {
  const files = new Map<string, Reply>();
  for (const name of readdirSync(directory)) {
    const type = CONTENT_TYPES[extname(name)];
    if (type === undefined) {
      continue;
    }
    const body = readFileSync(join(directory, name));
    const path = name === 'index.html' ? '/' : `/${name}`;
    files.set(path, { status: 200, headers: { ...HEADERS, 'content-type': type }, body });
  }
  return files;
};
