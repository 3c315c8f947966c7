import { readSmall } from '../../../files/read-small.ts'
import { chooseProfile } from '../../../lib/aws-profiles.ts'
import { StorageError } from '../../storage.ts'

/**
 * The profile to ask the SDK for. The profile `default` is asked for only where the shared files hold credentials under that name, so that environment
 * and role are found elsewhere. Rejects with `storage/denied` for any other name that is in neither file: the SDK would go on with another identity.
 */
export async function decideProfile(profile: string | undefined, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  if (profile === undefined) return undefined
  const choice = await chooseProfile(profile, env, readSmall)
  if (choice.kind !== 'missing') return choice.kind === 'profile' ? choice.name : undefined
  throw new StorageError('denied', `profile "${profile}" not found in the shared AWS files`, {
    hint: `Add it to "${choice.credentialsFile}", or set an existing profile in the configuration.`,
  })
}
