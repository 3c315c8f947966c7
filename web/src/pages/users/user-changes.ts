import type { User } from '../../../../src/api/schema/users.ts'

export type Changeable = Pick<User, 'email' | 'role' | 'isEnabled'>

/** The fields that a form changed. Only these are sent, so that what another administrator changed meanwhile remains. */
export function userChanges(from: Changeable, to: Changeable): Partial<Changeable> {
  return {
    ...(to.email !== from.email && { email: to.email }),
    ...(to.role !== from.role && { role: to.role }),
    ...(to.isEnabled !== from.isEnabled && { isEnabled: to.isEnabled }),
  }
}
