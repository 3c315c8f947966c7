/** Parsers for search parameters: an invalid value counts as absent. */
export type Search = Readonly<Record<string, unknown>>

export function text(value: unknown): string | undefined {
  const given = typeof value === 'number' ? String(value) : value
  return typeof given === 'string' && given !== '' && given.length <= 4096 ? given : undefined
}

export function oneOf<Value extends string>(value: unknown, values: readonly Value[]): Value | undefined {
  return values.find((it) => it === value)
}

export function count(value: unknown): number | undefined {
  const number = Number(value)
  return value !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** A day of the calendar whose next day is valid, too. */
export function day(value: unknown): string | undefined {
  const given = text(value)
  if (given === undefined || !/^\d{4}-\d{2}-\d{2}$/u.test(given) || given < '0001-01-02' || given > '9998-12-31') return undefined
  const at = Date.parse(`${given}T00:00:00Z`)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(given) ? given : undefined
}

/**
 * The search parameters of a page. Absent values are kept as undefined: the router merges this object over the parsed address, so that they override
 * invalid values.
 */
export function covering<Values extends object>(values: Values): { [Key in keyof Values]?: Values[Key] | undefined } {
  return values
}

/** Without absent values, so that they are not part of the address. */
export function present<Values extends object>(values: Values): { [Key in keyof Values]?: Values[Key] | undefined } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values
}
