import { Acceptance, HoldQuery, HoldRequest, SetChange } from '../schema/keeping.ts'
import type { Route } from './route.ts'

/** The state of sets: accepted, held, drilled, and the evidence of it. */
export const proofRoutes = {
  acceptSet: {
    method: 'post',
    path: '/set/acceptance',
    role: 'operator',
    action: 'set-accepted',
    summary: 'Accept a suspicious set, so that rotation counts it',
    body: Acceptance,
    answer: SetChange,
  },
  holdSet: {
    method: 'put',
    path: '/set/hold',
    role: 'operator',
    action: 'set-held',
    summary: 'Hold a set, so that no rotation removes it',
    body: HoldRequest,
    answer: SetChange,
  },
  releaseSet: {
    method: 'delete',
    path: '/set/hold',
    role: 'operator',
    action: 'set-released',
    summary: 'End the hold of a set',
    query: HoldQuery,
    answer: SetChange,
  },
} as const satisfies Readonly<Record<string, Route>>
