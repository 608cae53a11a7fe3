// CloudWatch's embedded metric format, in which metrics are fields of a log line. Powertools writes the same, and a test
// compares the two; but to load and set up Powertools took three of a hundred milliseconds of a cold start.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

export type Unit = 'Milliseconds' | 'Count';

/**
 * What makes of one value for each metric, and of counts that not every line has, the fields of a line, with `service` as
 * their one dimension. `at` is in milliseconds since 1970.
 */
export const embeddedMetrics = <Name extends string>(
  namespace: string,
  service: string,
  units: Record<Name, Unit>,
) => {
  const metrics = Object.entries(units).map(([name, unit]) => ({ Name: name, Unit: unit }));
  return (at: number, values: Record<Name, number>, counts: Record<string, number> = {}) => {
    const counted = Object.keys(counts).map((name) => ({ Name: name, Unit: 'Count' }));
    const directive = { Namespace: namespace, Dimensions: [['service']], Metrics: [...metrics, ...counted] };
    return {
      _aws: { Timestamp: at, CloudWatchMetrics: [directive] },
      service,
      ...values,
      ...counts,
    };
  };
};
