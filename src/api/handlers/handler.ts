import type { z } from 'zod'
import type { Call } from '../context.ts'
import type { ROUTES } from '../routes/all-routes.ts'
import type { Route } from '../routes/route.ts'

type QueryOf<R> = R extends { readonly query: infer Q extends z.ZodType } ? z.output<Q> : unknown
type BodyOf<R> = R extends { readonly body: infer B extends z.ZodType } ? z.output<B> : unknown
type AnswerOf<R extends Route> = R['answer'] extends infer A extends z.ZodType ? z.input<A> : unknown

/** Carries one operation out. What it throws is answered as a problem. */
export type Handler<R extends Route> = (call: Call<QueryOf<R>, BodyOf<R>>) => Promise<AnswerOf<R>> | AnswerOf<R>

type Routes = typeof ROUTES

/** One handler for each of these operations; the compiler asks for those that are missing. */
export type Handlers<Names extends keyof Routes> = { readonly [Name in Names]: Handler<Routes[Name]> }

/** The account that asks; the router has made sure that there is one. */
export function accountOf({ caller }: Pick<Call<unknown, unknown>, 'caller'>) {
  if (caller === undefined) throw new Error('a route without a caller asked for one')
  return caller.account
}
