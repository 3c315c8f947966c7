import { type Form, type ListForm, makeForm, type NumberForm, REFUSED, type Refused, type TextForm, type ValueOf, type Wording } from './form.ts'

type Literal = string | number | null

function string(wording?: Wording): TextForm {
  return makeForm<string>(
    (value) => (typeof value === 'string' ? value : REFUSED),
    ({ z }) => z.string(wording),
  )
}

function int(): NumberForm {
  return makeForm<number>(
    (value) => (Number.isSafeInteger(value) ? (value as number) : REFUSED),
    ({ z }) => z.int(),
  )
}

function number(): NumberForm {
  return makeForm<number>(
    (value) => (Number.isFinite(value) ? (value as number) : REFUSED),
    ({ z }) => z.number(),
  )
}

function boolean(): Form<boolean> {
  return makeForm<boolean>(
    (value) => (typeof value === 'boolean' ? value : REFUSED),
    ({ z }) => z.boolean(),
  )
}

function unknown(): Form {
  return makeForm<unknown>(
    (value) => value,
    ({ z }) => z.unknown(),
  )
}

/** One of these texts. */
function choice<const T extends string>(values: readonly T[]): Form<T> {
  return makeForm<T>(
    (value) => (values.includes(value as T) ? (value as T) : REFUSED),
    ({ z }) => z.enum(values),
  )
}

/** One value, or one of several. */
function literal<const T extends Literal>(values: T | readonly T[], wording?: Wording): Form<T> {
  const all: readonly T[] = Array.isArray(values) ? values : [values as T]
  return makeForm<T>(
    (value) => (all.includes(value as T) ? (value as T) : REFUSED),
    ({ z }) => z.literal([...all], wording),
  )
}

function list<T>(item: Form<T>): ListForm<T> {
  return makeForm<T[]>(
    (value) => {
      if (!Array.isArray(value)) return REFUSED
      const found = Array.from(value, (it) => item.read(it))
      return found.includes(REFUSED) ? REFUSED : (found as T[])
    },
    ({ z, of }) => z.array(of(item)),
  )
}

/** A mapping with any names of a form. */
function record<T>(name: Form<string>, form: Form<T>): Form<Record<string, T>> {
  return makeForm<Record<string, T>>(
    (value) => {
      if (!isMapping(value)) return REFUSED
      const found: Record<string, T> = {}
      for (const key of Object.keys(value)) {
        // As in Zod, which would set the prototype otherwise.
        if (key === '__proto__') continue
        const named = name.read(key)
        const read = form.read(value[key])
        if (named === REFUSED || read === REFUSED) return REFUSED
        found[named] = read
      }
      return found
    },
    ({ z, of }) => z.record(of(name) as never, of(form)),
  )
}

/** The first of the forms that accepts the value. */
function union<const F extends readonly Form[]>(options: F, wording?: Wording): Form<ValueOf<F[number]>> {
  return makeForm<ValueOf<F[number]>>(
    (value) => firstOf(options, value),
    ({ z, of }) => z.union(options.map(of), wording),
  )
}

/** Mappings whose key `type` says which one is meant. */
function byType<const F extends readonly Form[]>(options: F, wording: Wording): Form<ValueOf<F[number]>> {
  return makeForm<ValueOf<F[number]>>(
    (value) => firstOf(options, value),
    ({ z, of }) => z.discriminatedUnion('type', options.map(of) as never, wording),
  )
}

function firstOf<T>(options: readonly Form[], value: unknown): T | Refused {
  for (const option of options) {
    const found = option.read(value)
    if (found !== REFUSED) return found as T
  }
  return REFUSED
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The makers of forms. */
export const forms = { string, int, number, boolean, unknown, choice, literal, list, record, union, byType }
