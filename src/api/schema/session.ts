import { z } from 'zod'
import { Role, Timestamp } from './common.ts'

export const Password = z.string().min(8).max(1024)
const Code = z.string().max(64)

export const Me = z.object({ name: z.string(), role: Role, email: z.string(), hasTotp: z.boolean() }).meta({ id: 'Me' })
export type Me = z.infer<typeof Me>

/** The user of the session, and the settings that a page requires first. Without a login, only the time of the server is revealed. */
export const Session = z
  .object({
    /** Null: not logged in. */
    user: Me.nullable(),
    /** Whether there is no account yet: the first one is created with the link that the server printed. */
    needsSetup: z.boolean(),
    /** The value of `X-CSRF-Token` for every request that changes something. */
    csrf: z.string(),
    now: Timestamp,
    /** Whether the connection can be read by others: neither https nor from this host. */
    isExposed: z.boolean(),
    server: z
      .object({
        version: z.string(),
        /** Changes whenever the pages change, so that a page of another build can detect it. */
        build: z.string(),
        host: z.string(),
        timeZone: z.string(),
        /** Whether only the API is served, or the pages too. */
        hasPages: z.boolean(),
      })
      .optional(),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const LoginRequest = z.object({
  name: z.string().min(1).max(256),
  password: z.string().max(1024),
  /** Six digits, or a recovery code. Absent in the first request; required after the response `account/second-factor`. */
  code: Code.optional(),
  /** The session lasts 30 days, or 14 days without use; otherwise 12 hours, or one hour without use. */
  remember: z.boolean().default(false),
})

/** Contains the code of the link that the server printed at its first start, or that `holdfast web users reset` prints. */
export const SetupRequest = z.object({
  code: z.string().max(256),
  name: z.string().min(1).max(256),
  email: z.string().max(256).default(''),
  password: Password,
})
/** Contains the code of the link from an administrator. */
export const ResetRequest = z.object({ code: z.string().max(256), password: Password })
export const PasswordChange = z.object({ current: z.string().max(1024), password: Password })

/** A new secret for a second factor; it becomes effective when a code of it is confirmed. */
export const TotpOffer = z.object({ secret: z.string(), uri: z.string() }).meta({ id: 'TotpOffer' })
export const TotpConfirmation = z.object({ code: Code, password: z.string().max(1024) })
/** Displayed once. Each replaces one code of the device. */
export const RecoveryCodes = z.object({ codes: z.array(z.string()) }).meta({ id: 'RecoveryCodes' })
export const TotpRemoval = z.object({ password: z.string().max(1024) })

export const OpenSession = z
  .object({
    id: z.string(),
    isCurrent: z.boolean(),
    address: z.string(),
    device: z.string(),
    began: Timestamp,
    lastUsed: Timestamp,
    ends: Timestamp,
  })
  .meta({ id: 'OpenSession' })
export type OpenSession = z.infer<typeof OpenSession>
