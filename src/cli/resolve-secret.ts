import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, messageOf } from '../lib/errors.ts'
import type { ResolveSecret, SecretRef } from '../plan/secret.ts'

class SecretError extends AppError {
  readonly code = 'cli/no-secret'
}

// A secret of a megabyte is the wrong file.
const MAX_BYTES = 1024 * 1024

/** Reads secrets where references say that they are: our environment, files, credentials of our systemd unit. */
export function secretResolver(env: Readonly<Record<string, string | undefined>>): ResolveSecret {
  return async (ref: SecretRef) => {
    if (ref.kind === 'env') {
      // The environment inherits from Object.prototype: a variable "constructor" is none that anybody set.
      const value = Object.hasOwn(env, ref.name) ? env[ref.name] : undefined
      return value ?? refuse(`missing environment variable "${ref.name}" (contains a secret)`, 'Set it in the environment of this program.')
    }
    if (ref.kind === 'file') return readSecretFile(ref.path)
    const folder = env['CREDENTIALS_DIRECTORY']
    if (folder === undefined)
      return refuse(
        `could not read the credential "${ref.name}": the program was started without credentials`,
        'Start it from a systemd unit with LoadCredential=.',
      )
    return readSecretFile(join(folder, ref.name))
  }
}

async function readSecretFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new SecretError(`could not read the secret in "${path}"`, {
      cause: error,
      hint: `Give this user permission to read it: ${messageOf(error)}.`,
    })
  })
  if (bytes.length > MAX_BYTES) return refuse(`the secret in "${path}" is too large`, 'Correct the path.')
  return bytes.toString('utf8').replace(/\r?\n$/u, '')
}

function refuse(message: string, hint: string): never {
  throw new SecretError(message, { hint })
}
