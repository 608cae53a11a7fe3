// The pages that a server shows beside the API: each path with what answers a GET of it.
import type { IncomingMessage } from 'node:http';
import type { Reply } from '../support/loopback-server.ts';

export type Page = (query: URLSearchParams) => Reply | Promise<Reply>;

export type Pages = ReadonlyMap<string, Page>;

/** What answers a GET of one of them; undefined for any other request. */
export const pageOf = (pages: Pages, { method, url = '' }: IncomingMessage) => {
  const [path = '', query = ''] = url.split('?');
  const page = method === 'GET' ? pages.get(path) : undefined;
  return page && (() => page(new URLSearchParams(query)));
};

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Nothing from elsewhere runs in a page that may change picks, and no other page shows it in a frame.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

export const file = (contentType: string, body: string | Buffer, headers = {}): Page => {
  const reply = { status: 200, headers: { ...HEADERS, 'content-type': contentType, ...headers }, body };
  return () => reply;
};

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { ...HEADERS, 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
