// A timestamptz as the Data API writes it: in UTC, whatever zone the session has been set to, and without the offset.

const ZONED =
  /^(?<year>\d+)-(?<month>\d\d)-(?<day>\d\d) (?<time>\d\d:\d\d:\d\d)(?<fraction>\.\d+)?(?<offset>[+-]\d\d(?::\d\d){0,2})(?<era> BC)?$/;

export const inUtc = (text: string): string => {
  const { year, month, day, time, fraction = '', offset, era } = ZONED.exec(text)?.groups ?? {};
  if (time === undefined || offset === undefined) {
    return text;
  }
  const moment = new Date(0);
  // The year before 1 is 1 BC.
  moment.setUTCFullYear(era === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  const ahead = secondsIn(offset.slice(1)) * (offset.startsWith('-') ? -1 : 1);
  moment.setUTCSeconds(secondsIn(time) - ahead);
  return written(moment, fraction);
};

const secondsIn = (time: string): number => {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * 60 + seconds;
};

const written = (moment: Date, fraction: string): string => {
  const year = moment.getUTCFullYear();
  const [shownYear, era] = year > 0 ? [year, ''] : [1 - year, ' BC'];
  const rest = moment.toISOString().replace(/^[+-]?\d+-(.+)T(.+)\..+$/, '$1 $2');
  return `${String(shownYear).padStart(4, '0')}-${rest}${fraction}${era}`;
};
