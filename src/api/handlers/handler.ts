import type { z } from 'zod'
import type { Call } from '../context.ts'
import type { ROUTES } from '../routes/all-routes.ts'
import type { Route } from '../routes/route.ts'

type QueryOf<R> = R extends { readonly query: infer Q extends z.ZodType } ? z.output<Q> : unknown
type BodyOf<R> = R extends { readonly body: infer B extends z.ZodType } ? z.output<B> : unknown
type AnswerOf<R extends Route> = R['answer'] extends infer A extends z.ZodType ? z.input<A> : unknown

/** Executes one operation. Errors are returned as problems (RFC 9457). */
export type Handler<R extends Route> = (call: Call<QueryOf<R>, BodyOf<R>>) => Promise<AnswerOf<R>> | AnswerOf<R>

type Routes = typeof ROUTES

/** One handler for each of these operations; a missing one is a type error. */
export type Handlers<Names extends keyof Routes> = { readonly [Name in Names]: Handler<Routes[Name]> }

/** The account of the caller; the router guarantees that it is present. */
export function accountOf({ caller }: Pick<Call<unknown, unknown>, 'caller'>) {
  if (caller === undefined) throw new Error('the route has no caller')
  return caller.account
}
