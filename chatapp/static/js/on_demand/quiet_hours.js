// Quiet hours are times of the day in the person's own zone, whatever the clock there does in spring and autumn.

const clocks = new Map(); // zone -> formatter, which is costly to make

/** Is `now` (a Date) within { quiet_from, quiet_until } ("HH:MM") in `time_zone`, by default the browser's? Never where both are the same. */
export function isQuiet({ quiet_from: from, quiet_until: until, time_zone: zone }, now = new Date()) {
  if (!from || !until) return false;
  const [start, end, time] = [minutesOf(from), minutesOf(until), minutesAt(now, zone)];
  return start <= end ? time >= start && time < end : time >= start || time < end;
}

export const browserZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

function minutesOf(clock) {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

function minutesAt(now, zone) {
  const parts = Object.fromEntries(clockOf(zone).formatToParts(now).map(({ type, value }) => [type, Number(value)]));
  return parts.hour * 60 + parts.minute;
}

function clockOf(zone) {
  if (!clocks.has(zone)) clocks.set(zone, makeClock(zone ?? undefined));
  return clocks.get(zone);
}

function makeClock(timeZone) {
  const wanted = { hour: 'numeric', minute: 'numeric', hourCycle: 'h23' };
  try {
    return new Intl.DateTimeFormat('en-GB', { ...wanted, timeZone });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Intl.DateTimeFormat('en-GB', wanted); // a zone that this browser does not know
  }
}
