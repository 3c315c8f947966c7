/**
 * When something that is asked each minute holds, in local time: the five fields of a crontab(5) line, and more.
 * Where day of month and day of week are both restricted, one of them is enough.
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

/** Every value, or those that one of the terms names. */
export type PeriodField = 'any' | readonly PeriodTerm[]

export type PeriodTerm =
  | { readonly kind: 'values'; readonly values: readonly number[] }
  /** Every so many units since 1970 began. */
  | { readonly kind: 'every'; readonly units: number }
  /** The last day of the month; with a weekday, the last such one. */
  | { readonly kind: 'last'; readonly weekday?: number }
  /** The nth such weekday of the month. */
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number }
  /** The working day (Monday to Friday) nearest to that day, within its month; to the last day where the month has no such day. */
  | { readonly kind: 'near-workday'; readonly day: number }
