// The alarms of a composed stack: when each rings, and what it says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { compose } from '../../lib/app.ts';

const account = '111122223333';
const region = 'eu-west-1';

/** The context with the most alarms: a cluster that is made here is watched, too. */
const context = { database: 'own' };

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** Of an alarm over several metrics, which names none itself. */
const PERIOD = 5 * MINUTE;

export interface AlarmRow {
  name: string;
  rings: string;
  description: string;
}

export const alarmRows = (): AlarmRow[] => {
  const outdir = mkdtempSync(join(tmpdir(), 'docs-cdk.out-'));
  try {
    const app = new App({ context, outdir, analyticsReporting: false });
    compose(app, { account, region });
    return app.node
      .findAll()
      .filter((construct) => construct instanceof CfnAlarm)
      .map(rowOf);
  } finally {
    rmSync(outdir, { recursive: true });
  }
};

const rowOf = ({
  node,
  threshold = 0,
  evaluationPeriods = 1,
  period = PERIOD,
  alarmDescription = '',
}: CfnAlarm): AlarmRow => ({
  name: node.scope?.node.id ?? '',
  rings: `above ${threshold} ${timeOf(evaluationPeriods * period)}`,
  description: alarmDescription,
});

const timeOf = (seconds: number): string =>
  seconds < DAY ? `for ${seconds / MINUTE} min` : `within ${seconds / DAY} day`;
