import { accountRoutes } from './account-routes.ts'
import { dataRoutes } from './data-routes.ts'
import { hostRoutes } from './host-routes.ts'
import { proofRoutes } from './proof-routes.ts'

/** All operations of the API by name, which is the `operationId` in the OpenAPI document. */
export const ROUTES = { ...accountRoutes, ...hostRoutes, ...dataRoutes, ...proofRoutes } as const

export type RouteName = keyof typeof ROUTES
