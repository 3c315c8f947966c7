import { z } from 'zod'
import { listOf, pageQuery, Role, Timestamp } from './common.ts'

/**
 * The maximum permissions of a token, regardless of those of its owner: `metrics` reads only /metrics, `peer` also the API of KristaBackup, the
 * others correspond to roles.
 */
export const Scope = z.enum(['metrics', 'peer', ...Role.options])
export type Scope = z.infer<typeof Scope>

export const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    scope: Scope,
    owner: z.string(),
    created: Timestamp,
    expires: Timestamp.nullable(),
    lastUsed: Timestamp.nullable(),
  })
  .meta({ id: 'Token' })
export type Token = z.infer<typeof Token>
export const TokensQuery = z.object(pageQuery)
export const TokenList = listOf(Token).meta({ id: 'TokenList' })
export const TokenRequest = z.object({
  name: z.string().min(1).max(128),
  scope: Scope.default('viewer'),
  /** In days; null: does not expire. */
  days: z.int().min(1).max(3650).nullable().default(90),
})
/** The token itself is returned only here. */
export const NewToken = Token.extend({ token: z.string() }).meta({ id: 'NewToken' })
