import { type Form, type InZod, makeForm, REFUSED, type Refused, type ValueOf, type Wording } from './form.ts'
import { forms, isMapping } from './forms.ts'

/** A key of a mapping. */
export interface Key<T = unknown, O extends boolean = boolean> {
  readonly meaning: string
  readonly form: Form<T>
  readonly isOptional: O
}

/** An optional key, with its description. */
export function key<T>(meaning: string, form: Form<T>): Key<T, true> {
  return { meaning, form, isOptional: true }
}

/** A required key, with its description. */
export function required<T>(meaning: string, form: Form<T>): Key<T, false> {
  return { meaning, form, isOptional: false }
}

type Member = Form | Key
type Shape = Readonly<Record<string, Member>>

/** The value of a key, if there is one. */
export type ValueIn<M extends Member> = M extends Key<infer T> ? T : M extends Form<infer T> ? Exclude<T, undefined> : never

type Optional<S extends Shape> = { [K in keyof S]: S[K]['isOptional'] extends true ? K : never }[keyof S]
type Values<S extends Shape> = { [K in Exclude<keyof S, Optional<S>>]: ValueIn<S[K]> } & { [K in Optional<S>]?: ValueIn<S[K]> | undefined }
type Flat<T> = { [K in keyof T]: T[K] }

/**
 * A mapping with exactly these keys. Unknown keys are reported with the valid ones. The forms of its values are made when the first value is read, since
 * most configurations have few of them.
 */
export function mapping<S extends Shape>(shapeOf: () => S): Form<Flat<Values<S>>> {
  let made: ReadonlyMap<string, Member> | undefined
  const shape = () => {
    made ??= new Map(Object.entries(shapeOf()))
    return made
  }
  return makeForm<Flat<Values<S>>>(
    (value) => readMapping(value, shape()) as Flat<Values<S>> | Refused,
    ({ z, of }) => {
      const definition = {
        type: 'object',
        get shape() {
          return Object.fromEntries([...shape()].map(([name, it]) => [name, memberIn(it, of)]))
        },
        catchall: z.never(),
        error: ({ code }: { readonly code?: string }) => (code === 'unrecognized_keys' ? [...shape().keys()].join(' ') : undefined),
      } as const
      return new z.ZodObject(definition)
    },
  )
}

function memberIn(it: Member, of: InZod['of']): ReturnType<InZod['of']> {
  if (!('meaning' in it)) return of(it)
  return (it.isOptional ? of(it.form).optional() : of(it.form)).describe(it.meaning)
}

function readMapping(value: unknown, shape: ReadonlyMap<string, Member>): Record<string, unknown> | Refused {
  if (!isMapping(value) || !Object.keys(value).every((name) => shape.has(name))) return REFUSED
  const found: Record<string, unknown> = {}
  for (const [name, it] of shape) {
    if (name in value) {
      const read = ('meaning' in it ? it.form : it).read(value[name])
      if (read === REFUSED) return REFUSED
      found[name] = read
    } else if (!it.isOptional) return REFUSED
  }
  return found
}

/** One of several forms, described by `words`: `a string or a list`. */
export function oneForm<const F extends readonly Form[]>(words: string, options: F): Form<ValueOf<F[number]>> {
  const wording: Wording = { error: ({ code }) => (code === 'invalid_union' ? words : undefined) }
  return forms.union(options, wording)
}
