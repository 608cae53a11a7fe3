// A deploy's migration under one fault: how it ends, and that no pick is lost and the next deploy goes on.
import { expect } from 'vitest';
import * as z from 'zod';
import { event, succeed } from '../helpers/deploys.ts';
import { isStep, NEWEST } from '../helpers/engine.ts';
import { countKeys, loadFleet } from '../helpers/fleet-states.ts';
import { type Service, startService } from '../helpers/service.ts';
import { describeTimes } from './faults.ts';
import { type FaultTrial, meetFault } from './meet-fault.ts';
import type { Tried } from './try-fault.ts';

const WORKSPACES = 30;
const RENAMED = { OTHER: WORKSPACES, MODEL: WORKSPACES };
/** What docs/operate.md has advice for. */
const FAILURES = ['MigrationFailedError', 'DatabaseSetupError', 'NotFinishedError'];

const Failure = z.object({ errorType: z.enum(FAILURES), errorMessage: z.string().min(20).max(1_000) });

/** Tries it on a fleet of its own, and makes every claim of the contract. */
export const tryMigration = async (trial: FaultTrial): Promise<Tried> => {
  const service = await startService({ migrated: false });
  try {
    await loadFleet(service, WORKSPACES);
    const before = await picksOf(service);
    const { result, ...met } = await meetFault(
      service,
      trial,
      () => service.invoke('migrate', event('Update', NEWEST)),
      // In the middle of the work, where least is to be taken for granted.
      trial.on === 'the Data API' ? isStep : undefined,
    );
    const shown = result.failed ? Failure.parse(result.result).errorType : 'ok';
    const keys = await countKeys(service);
    const told = `${trial.faultCase.name}, ${describeTimes(trial.times)}: ${shown}, ${JSON.stringify(keys)}`;
    expect(allowedEnds(trial), told).toContain(shown === 'ok' ? 'ok' : 'failed');
    expect(await picksOf(service), told).toEqual(before);
    if (shown === 'ok') {
      expect(keys, told).toEqual(RENAMED);
    }

    await succeed(service, event('Update', NEWEST));
    expect(await countKeys(service), told).toEqual(RENAMED);
    expect(await picksOf(service), told).toEqual(before);
    return { ...met, shown, changed: changeIn(keys['MODEL_PROVIDER'] ?? 0) };
  } finally {
    await service.close();
  }
};

const changeIn = (legacyRows: number): string => {
  if (legacyRows === WORKSPACES) {
    return '';
  }
  return legacyRows === 0 ? 'renamed' : 'renamed in part';
};

/** Each workspace with its pick, under whichever name that stands: MODEL goes before the old one. */
const picksOf = ({ sql }: Service) =>
  sql(`SELECT DISTINCT ON (workspace_id) workspace_id, encrypted_value FROM workspace_secrets
       WHERE key IN ('MODEL', 'MODEL_PROVIDER') ORDER BY workspace_id, key`);

/** A right that is missing at first may be one that has yet to spread; calls of 12 s each may still fit into 15 minutes. */
const allowedEnds = ({ times, faultCase: { kind, fault } }: FaultTrial): ('ok' | 'failed')[] => {
  const isDelay = 'kind' in fault && fault.kind === 'delay';
  if (kind === 'harmless' || typeof times === 'object') {
    return ['ok'];
  }
  if (times === 'once') {
    return kind === 'passes' ? ['ok'] : ['ok', 'failed'];
  }
  return isDelay ? ['ok', 'failed'] : ['failed'];
};
