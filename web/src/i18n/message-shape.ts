import type { messages } from './en/index.ts'

/** A message is a text, or a function that returns one. */
type Loose<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof T]: Loose<T[Key]> }

export type Messages = Loose<typeof messages>
