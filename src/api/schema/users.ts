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
    /** Locked until this time after too many wrong passwords, except from addresses with an earlier login of this user. */
    lockedUntil: Timestamp.nullable(),
    /** The password is still from the file of KristaBackup, until the next login. */
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
  /** Absent: the response contains a link for choosing a password. */
  password: Password.optional(),
})
export const UserChange = z.object({
  email: z.string().max(256).optional(),
  role: Role.optional(),
  isEnabled: z.boolean().optional(),
})
/** `link`: where the user chooses a password, once, within an hour; relative to the address of the pages. */
export const UserWithLink = User.extend({ link: z.string().nullable(), linkEnds: Timestamp.nullable() }).meta({ id: 'UserWithLink' })
export const UserReset = z.object({
  /** Also removes the second factor. */
  totp: z.boolean().default(false),
})
