/** Each role includes the permissions of the previous ones. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export type AccountRole = (typeof ROLES)[number]

/** Whether the first role includes the permissions of the second. */
export function mayAs(role: AccountRole, needed: AccountRole): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

export interface Account {
  readonly name: string
  readonly email: string
  readonly role: AccountRole
  readonly isEnabled: boolean
  readonly hasTotp: boolean
  readonly created: string
  readonly lastLogin: string | null
  readonly lockedUntil: string | null
  /** The password is still stored in the format of an ancestor. */
  readonly isImported: boolean
}

/** A page of rows; `after` is the `next` of the previous page. */
export interface Page {
  readonly limit: number
  readonly after?: string | undefined
}

export interface Listed<T> {
  readonly rows: readonly T[]
  readonly total: number
  readonly next: string | null
}
