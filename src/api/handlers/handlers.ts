import type { RouteName } from '../routes/all-routes.ts'
import { contentsHandlers } from './contents-handlers.ts'
import type { Handlers } from './handler.ts'
import { hostHandlers } from './host-handlers.ts'
import { keepingHandlers } from './keeping-handlers.ts'
import { logHandlers } from './log-handlers.ts'
import { planHandlers } from './plan-handlers.ts'
import { proofHandlers } from './proof-handlers.ts'
import { runHandlers } from './run-handlers.ts'
import { sessionHandlers } from './session-handlers.ts'
import { setHandlers } from './set-handlers.ts'
import { userHandlers } from './user-handlers.ts'

/** The handlers of all operations; the router itself opens the stream. */
export const HANDLERS: Handlers<Exclude<RouteName, 'streamEvents'>> = {
  ...sessionHandlers,
  ...userHandlers,
  ...hostHandlers,
  ...runHandlers,
  ...logHandlers,
  ...setHandlers,
  ...contentsHandlers,
  ...planHandlers,
  ...keepingHandlers,
  ...proofHandlers,
}
