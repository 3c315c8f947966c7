import { join, resolve } from 'node:path'
import { readWithProblems } from '../../files/trust/read-with-problems.ts'
import { correctingCommand, describeDistrust } from '../../files/trust/trust.ts'
import { AppError } from '../../lib/errors.ts'
import type { ResolveSecret, SecretRef } from '../../plan/secret.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'
import type { Host } from './host.ts'
import { ALLOW_UNSAFE, configTruster } from './trusted-reader.ts'

class SecretError extends AppError {
  readonly code = 'cli/no-secret'
}

// A file larger than a megabyte is not a secret.
const MAX_BYTES = 1024 * 1024

const SET_VARIABLE = 'Set it in the environment of this program.'

/**
 * Reads the secrets of references: environment variables, files, credentials of the systemd unit. A file that another user (except root) could have
 * written is rejected. An empty secret is rejected, because some programs would accept it as a passphrase or password.
 */
export function secretResolver({ env, allowsUnsafe = false }: Pick<Host, 'env' | 'allowsUnsafe'>): ResolveSecret {
  return async (ref: SecretRef) => {
    if (ref.kind === 'env') {
      // The environment inherits from Object.prototype: a variable "constructor" was not set by anyone.
      const value = Object.hasOwn(env, ref.name) ? env[ref.name] : undefined
      if (value === undefined) return refuse(`missing environment variable "${ref.name}" (contains a secret)`, SET_VARIABLE)
      return value === '' ? refuse(`the environment variable "${ref.name}", which contains a secret, is empty`, SET_VARIABLE) : value
    }
    if (ref.kind === 'file') return readSecretFile(ref.path, allowsUnsafe)
    const folder = env['CREDENTIALS_DIRECTORY']
    if (folder === undefined)
      return refuse(
        `could not read the credential "${ref.name}": the program was started without credentials`,
        'Start it from a systemd unit with LoadCredential=.',
      )
    return readSecretFile(join(folder, ref.name), allowsUnsafe)
  }
}

async function readSecretFile(path: string, allowsUnsafe: boolean): Promise<string> {
  const who = configTruster()
  const { content, problems } = await readWithProblems(resolve(path), who, { maxBytes: MAX_BYTES }).catch((error: unknown) => {
    const hint = error instanceof AppError ? 'Correct the path.' : 'Give this user permission to read it.'
    throw new SecretError(`could not read the secret in "${path}": ${whyUnreadable(error)}`, { cause: error, hint })
  })
  const [problem] = problems
  if (problem !== undefined && !allowsUnsafe)
    return refuse(
      `unsafe permissions of the secret in "${path}": ${describeDistrust(problem.path, problem.distrust, problem.facts)}`,
      `Run "${problems.map((it) => correctingCommand(it, who)).join(' && ')}", or use ${ALLOW_UNSAFE}.`,
    )
  const secret = content.toString('utf8').replace(/\r?\n$/u, '')
  return secret === '' ? refuse(`the secret in "${path}" is empty`, 'Write the secret to the file.') : secret
}

function refuse(message: string, hint: string): never {
  throw new SecretError(message, { hint })
}
