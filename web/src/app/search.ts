/** What comes in the address, as a page can use it: anything else counts as absent. */
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

/** Without what is absent, so that it does not stand in the address. */
export function present<Values extends object>(values: Values): { [Key in keyof Values]?: Values[Key] | undefined } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values
}
