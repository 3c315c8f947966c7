/** Names of months, January first, as cron and others shorten them. */
export const MONTHS: readonly string[] = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Names of days, Sunday first. */
export const WEEKDAYS: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** The nicknames of crontab(5) that stand for five fields. `@reboot` is not a time. */
export const CRON_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '@yearly': '0 0 1 1 *',
    '@annually': '0 0 1 1 *',
    '@monthly': '0 0 1 * *',
    '@weekly': '0 0 * * 0',
    '@daily': '0 0 * * *',
    '@midnight': '0 0 * * *',
    '@hourly': '0 * * * *',
  }),
)

/** A nickname written without its sign, in upper or lower case (`Daily`), with it; any other text unchanged. */
export function withNicknameSign(text: string): string {
  const nickname = `@${text.trim().toLowerCase()}`
  return CRON_WORDS.has(nickname) || nickname === '@reboot' ? nickname : text
}
