// The services that the endpoint stands for: how each writes its answers, and how large a request may be.
import type { IncomingHttpHeaders } from 'node:http';
import type { Body } from '../support/read-body.ts';
import type { Protocol } from './errors.ts';

interface Service {
  protocol: Protocol;
  maxBodyBytes: number;
}

const MIB = 1024 * 1024;

export const services = {
  'rds-data': { protocol: 'rest-json', maxBodyBytes: 4 * MIB },
  secretsmanager: { protocol: 'json-1.1', maxBodyBytes: MIB },
  // Lambda has limits of its own for each invocation type, and an error of its own for them: this is the largest.
  lambda: { protocol: 'rest-json', maxBodyBytes: 6 * MIB },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof services;

export interface OperationRequest {
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** As it came: Lambda does not read a payload. */
  body: Body;
  /** The body parsed, for services whose requests are JSON; undefined for Lambda. */
  json: unknown;
}
