import { accountRoutes } from './account-routes.ts'
import { dataRoutes } from './data-routes.ts'
import { hostRoutes } from './host-routes.ts'

/** Every operation of the API by its name: `operationId` in the OpenAPI document. */
export const ROUTES = { ...accountRoutes, ...hostRoutes, ...dataRoutes } as const

export type RouteName = keyof typeof ROUTES
