import { z } from 'zod'
import { listOf, pageQuery, Role, Timestamp } from './common.ts'
import { Password } from './session.ts'

export const User = z
  .object({
    name: z.string(),
    email: z.string(),
    role: Role,
    isEnabled: z.boolean(),
    hasTotp: z.boolean(),
    created: Timestamp,
    lastLogin: Timestamp.nullable(),
    /** Too many wrong passwords: not before then, other than from addresses that have logged in as this user before. */
    lockedUntil: Timestamp.nullable(),
    /** Their password is still of KristaBackup's file, until they log in. */
    isImported: z.boolean(),
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof User>
export const UsersQuery = z.object(pageQuery)
export const UserList = listOf(User).meta({ id: 'UserList' })

export const UserAddition = z.object({
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^\p{Cc}\p{Cf}/]+$/u),
  email: z.string().max(256).default(''),
  role: Role.default('viewer'),
  /** Absent: the answer has a link by which they choose one. */
  password: Password.optional(),
})
export const UserChange = z.object({
  email: z.string().max(256).optional(),
  role: Role.optional(),
  isEnabled: z.boolean().optional(),
})
/** `link`: where a password is chosen, once, within an hour; relative to the address of the pages. */
export const UserWithLink = User.extend({ link: z.string().nullable(), linkEnds: Timestamp.nullable() }).meta({ id: 'UserWithLink' })
export const UserReset = z.object({
  /** Removes the second factor too. */
  totp: z.boolean().default(false),
})
