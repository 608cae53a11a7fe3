// Who may call the stack: programs, and pages that the stack itself serves. Any other web page is refused.
// A browser sends requests to 127.0.0.1 for any page that is open in it, without asking. It marks them: `Origin` and
// `Sec-Fetch-Site` say where the page comes from, and after DNS rebinding `Host` still has the page's own name.
// SDKs, command lines and curl send neither `Origin` nor `Sec-Fetch-Site`.
import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** A sentence that says why a request is refused, or nothing where it is not. */
export const foreignOrigin = ({ headers, socket }: IncomingMessage): string | undefined => {
  const host = headers.host?.toLowerCase() ?? '';
  if (!LOOPBACK_NAMES.some((name) => isAddress(host, name, socket.localPort))) {
    return `The Host header is "${host}". The local stack answers only to 127.0.0.1 and localhost with its own port.`;
  }
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    return `The request comes from a web page of ${origin}. The local stack answers only its own pages and programs.`;
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'The request comes from a web page of another origin. The local stack answers only its own pages and programs.';
  }
  return undefined;
};

/** HTTP leaves its standard port out. */
const isAddress = (host: string, name: string, port: number | undefined): boolean =>
  host === `${name}:${port}` || (port === 80 && host === name);
