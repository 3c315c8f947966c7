import type { z } from 'zod'

/** The value is not of the form. */
export const REFUSED = Symbol('refused')

export type Refused = typeof REFUSED

/** The text of an error, or a function that chooses it; undefined: a text of Holdfast or of the library. */
export type Wording = string | { readonly error: string | ((issue: { readonly code?: string; readonly input?: unknown }) => string | undefined) }

/** What forms are made of in Zod. It is an argument, so that the library is loaded only if it is needed. */
export interface InZod {
  readonly z: typeof z
  of(form: Form): z.ZodType
}

type Kind = (inZod: InZod) => z.ZodType

/**
 * The form of a value of the configuration: what is valid, and what the program makes of it. It can be stated in Zod, which takes longer to load than most
 * configurations to read; only errors and the JSON Schema need that. Both accept the same values with the same results.
 */
export interface Form<T = unknown> {
  read(value: unknown): T | Refused
  readonly inZod: Kind
  readonly isOptional: boolean
  refine(accepts: (value: T) => boolean, wording: Wording): this
  /** A check that adds issues. */
  check(find: (context: { readonly value: T; readonly issues: unknown[] }) => void): this
  transform<U>(convert: (value: T) => U): Form<U>
  pipe<U>(next: Form<U>): Form<U>
  optional(): OptionalForm<T>
  nullable(): Form<T | null>
  meta(facts: { readonly id?: string; readonly description?: string }): this
}

export interface OptionalForm<T = unknown> extends Form<T | undefined> {
  readonly isOptional: true
}

interface Measured<T> extends Form<T> {
  /** Of the number, or of the length. */
  min(limit: number, wording: Wording): this
  max(limit: number, wording: Wording): this
}

export type NumberForm = Measured<number>
export type ListForm<T> = Measured<T[]>
export type TextForm = AnyForm<string>

/** What a form accepts, as the program uses it. */
export type ValueOf<F extends Form> = F extends Form<infer T> ? T : never

export function accepts(form: Form, value: unknown): boolean {
  return form.read(value) !== REFUSED
}

/** A form with all methods; its maker returns it with those that its values have. */
export interface AnyForm<T> extends Measured<T> {
  regex(pattern: RegExp, wording: Wording): this
}

export function makeForm<T>(read: (value: unknown) => T | Refused, inZod: Kind, isOptional = false): AnyForm<T> {
  const checked = (isRight: (value: T) => boolean, add: (made: z.ZodType, inZod: InZod) => z.ZodType): AnyForm<T> => {
    const readChecked = (value: unknown) => {
      const found = read(value)
      return found !== REFUSED && isRight(found) ? found : REFUSED
    }
    return makeForm(readChecked, (zod) => add(zod.of(form), zod))
  }
  const form: AnyForm<T> = {
    read,
    inZod,
    isOptional,
    regex: (pattern, wording) =>
      checked(
        (it) => pattern.test(String(it)),
        (made, { z }) => made.check(z.regex(pattern, wording) as z.core.$ZodCheck<unknown>),
      ),
    min: (limit, wording) =>
      checked(
        (it) => measureOf(it) >= limit,
        (made, { z }) => made.check(limitIn(made, { z, limit, wording }).min),
      ),
    max: (limit, wording) =>
      checked(
        (it) => measureOf(it) <= limit,
        (made, { z }) => made.check(limitIn(made, { z, limit, wording }).max),
      ),
    refine: (isRight, wording) => checked(isRight, (made) => made.refine((it) => isRight(it as T), wording)),
    check: (find) =>
      checked(
        (value) => hasNoIssue(value, find),
        (made) => made.check((context) => find(context as { value: T; issues: unknown[] })),
      ),
    transform: <U>(convert: (value: T) => U) =>
      makeForm<U>(
        (value) => {
          const found = read(value)
          return found === REFUSED ? REFUSED : convert(found)
        },
        ({ of }) => of(form).transform((it) => convert(it as T)),
      ),
    pipe: <U>(next: Form<U>) =>
      makeForm<U>(
        (value) => {
          const found = read(value)
          return found === REFUSED ? REFUSED : next.read(found)
        },
        ({ of }) => of(form).pipe(of(next)),
      ),
    optional: () =>
      makeForm<T | undefined>(
        (value) => (value === undefined ? undefined : read(value)),
        ({ of }) => of(form).optional(),
        true,
      ) as AnyForm<T | undefined> & { readonly isOptional: true },
    nullable: () =>
      makeForm<T | null>(
        (value) => (value === null ? null : read(value)),
        ({ of }) => of(form).nullable(),
      ),
    meta: (facts) => makeForm(read, ({ of }) => of(form).meta(facts), isOptional),
  }
  return form
}

function hasNoIssue<T>(value: T, find: (context: { readonly value: T; readonly issues: unknown[] }) => void): boolean {
  const issues: unknown[] = []
  find({ value, issues })
  return issues.length === 0
}

/** A number, or a length: that of texts in characters, as Zod counts them. */
function measureOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length
  return Array.isArray(value) ? value.length : Number(value)
}

function limitIn(made: z.ZodType, { z, limit, wording }: { readonly z: InZod['z']; readonly limit: number; readonly wording: Wording }) {
  const isNumber = made instanceof z.ZodNumber
  return {
    min: (isNumber ? z.gte(limit, wording) : z.minLength(limit, wording)) as z.core.$ZodCheck<unknown>,
    max: (isNumber ? z.lte(limit, wording) : z.maxLength(limit, wording)) as z.core.$ZodCheck<unknown>,
  }
}
