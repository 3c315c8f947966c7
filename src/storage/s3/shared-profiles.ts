import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { StorageError } from '../storage.ts'

type Variables = Readonly<Record<string, string | undefined>>

const GIVES_CREDENTIALS = /^\s*(?:aws_access_key_id|role_arn|sso_session|sso_start_url|credential_process|web_identity_token_file|login_session)\s*=/u

/**
 * The profile to ask the SDK for. The profile `default` is asked for only where the shared files hold credentials under that name, so that environment
 * and role are found elsewhere. Rejects with `storage/denied` for any other name that is in neither file: the SDK would go on with another identity.
 */
export async function decideProfile(profile: string | undefined, env: Variables): Promise<string | undefined> {
  if (profile === undefined) return undefined
  const home = env['HOME'] ?? homedir()
  const files = [env['AWS_CONFIG_FILE'] ?? join(home, '.aws/config'), env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials')]
  const sections = (await Promise.all(files.map(readText))).flatMap((text) => sectionsOf(text, profile))
  if (profile === 'default') return sections.flat().some((line) => GIVES_CREDENTIALS.test(line)) ? profile : undefined
  if (sections.length > 0) return profile
  throw new StorageError('denied', `there is no profile "${profile}" in the shared files of AWS`, {
    hint: `Add it to "${files[1]}", or let the configuration name one that is there.`,
  })
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}

/** The lines of each section of that profile: `[name]`, or `[profile name]` in the file of settings. */
function sectionsOf(text: string, profile: string): readonly (readonly string[])[] {
  const found: string[][] = []
  let current: string[] | undefined
  for (const line of text.split('\n')) {
    const name = /^\s*\[\s*(?:profile\s+)?["']?(?<name>[^\]"']*?)["']?\s*\]/u.exec(line)?.groups?.['name']
    if (name === undefined) current?.push(line)
    else {
      current = name === profile ? [] : undefined
      if (current) found.push(current)
    }
  }
  return found
}
