import { z } from 'zod'
import { Role, Timestamp } from './common.ts'

export const Password = z.string().min(8).max(1024)
const Code = z.string().max(64)

export const Me = z.object({ name: z.string(), role: Role, email: z.string(), hasTotp: z.boolean() }).meta({ id: 'Me' })
export type Me = z.infer<typeof Me>

/** Who asks, and what a page needs before anything else. Without a user it says nothing about the server but its time. */
export const Session = z
  .object({
    /** Null: nobody is logged in. */
    user: Me.nullable(),
    /** Whether nobody can log in yet: the first account is made by the link that the server printed. */
    needsSetup: z.boolean(),
    /** To be sent back as `X-CSRF-Token` with every request that changes something. */
    csrf: z.string(),
    now: Timestamp,
    /** Whether what is sent can be read on the way: neither https nor this host itself. */
    isExposed: z.boolean(),
    server: z
      .object({
        version: z.string(),
        /** Changes when the pages do: pages of another build say so. */
        build: z.string(),
        host: z.string(),
        timeZone: z.string(),
        /** Only the API is served, or the pages too. */
        hasPages: z.boolean(),
      })
      .optional(),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const LoginRequest = z.object({
  name: z.string().min(1).max(256),
  password: z.string().max(1024),
  /** Six digits, or a recovery code. Absent at first: the answer `account/second-factor` asks for it. */
  code: Code.optional(),
  /** Keeps the session for 30 days, and 14 days without use; else 12 hours, and one without use. */
  remember: z.boolean().default(false),
})

/** With the code of the link that the server printed at its first start, or that `holdfast web users reset` prints. */
export const SetupRequest = z.object({
  code: z.string().max(256),
  name: z.string().min(1).max(256),
  email: z.string().max(256).default(''),
  password: Password,
})
/** With the code of the link that an administrator gave. */
export const ResetRequest = z.object({ code: z.string().max(256), password: Password })
export const PasswordChange = z.object({ current: z.string().max(1024), password: Password })

/** A new secret for a second factor; it counts from when it is confirmed by a code of it. */
export const TotpOffer = z.object({ secret: z.string(), uri: z.string() }).meta({ id: 'TotpOffer' })
export const TotpConfirmation = z.object({ code: Code, password: z.string().max(1024) })
/** Shown once. Each replaces one code of the device. */
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
