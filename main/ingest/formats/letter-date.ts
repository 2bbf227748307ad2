/** The date in a letter's head (RFC 5322, section 3.3), as its sender's clock showed it. */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
/** Names of zones that old letters have in place of an offset. */
const namedZones: Readonly<Record<string, string>> = {
  UT: '+0000',
  GMT: '+0000',
  Z: '+0000',
  EST: '-0500',
  EDT: '-0400',
  CST: '-0600',
  CDT: '-0500',
  MST: '-0700',
  MDT: '-0600',
  PST: '-0800',
  PDT: '-0700',
};
const dateTime =
  /^(?:[a-z]{3},?\s)?(\d{1,2})\s([a-z]{3})[a-z]{0,6}\s(\d{2}|\d{4})\s(\d{1,2}):(\d{2})(?::\d{2})?\s?([+-]\d{4}|[a-z]{1,3})(?:\s\(.*\))?$/i;
const longestDate = 100;

/** Years of two digits are those from 1950 on. */
function fullYear(written: string): number {
  const year = Number(written);
  if (written.length > 2) return year;
  return year + (year < 50 ? 2000 : 1900);
}

function zoneName(offset: string): string {
  const digits = `${offset.slice(1, 3)}:${offset.slice(3)}`;
  return digits === '00:00' ? 'UTC' : `UTC${offset.startsWith('-') ? '\u2212' : '+'}${digits}`;
}

/** "Mon, 6 January 2025, 23:40 (UTC−05:00)" for the date of a letter; what is none as it stands, in one line. */
export function letterDate(header: string): string {
  const written = header
    .slice(0, 10 * longestDate)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  const asItStands = written.length > longestDate ? `${written.slice(0, longestDate)}…` : written;
  const [, day = '', monthName = '', year = '', hour = '', minute = '', zone = ''] = dateTime.exec(asItStands) ?? [];
  const month = months.findIndex((name) => name.slice(0, 3).toLowerCase() === monthName.toLowerCase());
  const offset = namedZones[zone.toUpperCase()] ?? zone;
  const date = new Date(Date.UTC(fullYear(year), month, Number(day), Number(hour), Number(minute)));
  const isDate = month >= 0 && date.getUTCDate() === Number(day) && date.getUTCHours() === Number(hour);
  if (!isDate || Number(minute) > 59 || !/^[+-]/.test(offset)) return asItStands;
  const [name, time] = [
    `${days[date.getUTCDay()]}, ${Number(day)} ${months[month]}`,
    `${hour.padStart(2, '0')}:${minute}`,
  ];
  return `${name} ${fullYear(year)}, ${time} (${zoneName(offset)})`;
}
