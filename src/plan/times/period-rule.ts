/**
 * A schedule that is evaluated every minute, in local time: the five fields of a crontab(5) line, with extensions. If both day of month and day of
 * week are restricted, one match is sufficient.
 */
export interface PeriodRule {
  /** As configured, for messages. */
  readonly text: string
  readonly minute: PeriodField
  readonly hour: PeriodField
  readonly day: PeriodField
  /** 1 … 12. */
  readonly month: PeriodField
  /** 0 … 6, Sunday is 0. */
  readonly weekday: PeriodField
}

/** Every value, or those of one of the terms. */
export type PeriodField = 'any' | readonly PeriodTerm[]

export type PeriodTerm =
  | { readonly kind: 'values'; readonly values: readonly number[] }
  /** Every nth unit since 1970. */
  | { readonly kind: 'every'; readonly units: number }
  /** The last day of the month; with a weekday, the last one of that kind. */
  | { readonly kind: 'last'; readonly weekday?: number }
  /** The nth such weekday of the month. */
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number }
  /** The working day (Monday to Friday) nearest to that day, in the same month; to the last day if the month is shorter. */
  | { readonly kind: 'near-workday'; readonly day: number }
