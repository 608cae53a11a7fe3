import { describe, expect, it } from 'vitest';
import { fleetFiltersOf } from '../../../../functions/invocation/fleet-query.ts';
import { httpEvent } from '../../../helpers/http-event.ts';

const filters = (queryStringParameters?: Record<string, string>) =>
  fleetFiltersOf(httpEvent(queryStringParameters === undefined ? {} : { queryStringParameters }));

const NONE = {
  limit: 100,
  after: undefined,
  problem: undefined,
  model: undefined,
  runtime: undefined,
  changedSince: undefined,
};
const ID = '0b8f1c2e-2d4a-4c6f-9e10-1a2b3c4d5e6f';

describe('the query of a fleet', () => {
  it('filters nothing, a hundred a page, where nothing is asked for', () => {
    expect(filters()).toEqual(NONE);
    expect(filters({})).toEqual(NONE);
    expect(filters({ unknown: 'x' })).toEqual(NONE);
  });

  it.each([
    [{ limit: '1' }, { limit: 1 }],
    [{ limit: '500' }, { limit: 500 }],
    [{ cursor: ID.toUpperCase() }, { after: ID }],
    [{ problem: 'PROVIDER_SLUG' }, { problem: 'PROVIDER_SLUG' }],
    [{ problem: 'UNREADABLE' }, { problem: 'UNREADABLE' }],
    [{ model: ' opus ' }, { model: 'opus' }],
    [{ model: '' }, { model: '' }],
    [{ runtime: 'claude-code' }, { runtime: 'claude-code' }],
    [{ runtime: '' }, {}],
    [{ changed_since: '2026-11-25T06:00:00Z' }, { changedSince: '2026-11-25T06:00:00Z' }],
    [
      { changed_since: '0001-01-01T00:00:00.123456789+14:00' },
      { changedSince: '0001-01-01T00:00:00.123456789+14:00' },
    ],
    [{ changed_since: '2026-11-25T06:00:00-09:30' }, { changedSince: '2026-11-25T06:00:00-09:30' }],
  ])('takes %j', (query, expected) => {
    expect(filters(query)).toEqual({ ...NONE, ...expected });
  });

  it.each([
    ['limit', '0'],
    ['limit', '501'],
    ['limit', '1000'],
    ['limit', '01'],
    ['limit', '1 '],
    ['limit', 'x1'],
    ['limit', ''],
    ['cursor', 'x'],
    ['cursor', ''],
    ['problem', 'provider_slug'],
    ['problem', 'xA'],
    ['problem', 'A '],
    ['problem', ''],
    ['problem', 'NOPE'],
    ['problem', 'PLAINTEXT'],
    ['runtime', 'a\0b'],
    ['changed_since', 'yesterday'],
    ['changed_since', '2026-11-25'],
    ['changed_since', '2026-11-25T06:00:00'],
    ['changed_since', '0000-01-01T00:00:00Z'],
    ['changed_since', '2026-11-25T06:00:00.1234567890Z'],
    ['changed_since', '2026-11-25T06:00:00+15:00'],
  ])('refuses %s=%j, naming the parameter', (name, value) => {
    expect(() => filters({ [name]: value })).toThrow(
      new RegExp(
        `^${name} is wrong\\. Send limit from 1 to 500, cursor .+ one of PROVIDER_SLUG, .+, UNREADABLE, .+ and model and runtime as they are\\.$`,
      ),
    );
  });
});
