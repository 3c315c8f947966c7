import { homedir } from 'node:os'
import { join } from 'node:path'

type Variables = Readonly<Record<string, string | undefined>>

/** Where an SDK of AWS shall look for credentials. */
export type ProfileChoice =
  | { readonly kind: 'profile'; readonly name: string }
  /** Environment, role and whatever else it knows. */
  | { readonly kind: 'elsewhere' }
  /** The profile is in neither file: the SDK would go on with another identity. */
  | { readonly kind: 'missing'; readonly credentialsFile: string }

const GIVES_CREDENTIALS = /^\s*(?:aws_access_key_id|role_arn|sso_session|sso_start_url|credential_process|web_identity_token_file|login_session)\s*=/u

/**
 * Looks for a profile in the shared files (AWS SDKs and Tools Reference Guide, "Shared config and credentials files"). The profile `default` is chosen only
 * where they hold credentials under that name; any other must be there. Never rejects: a file that `read` cannot read holds nothing.
 */
export async function chooseProfile(profile: string, env: Variables, read: (file: string) => Promise<Buffer>): Promise<ProfileChoice> {
  const home = env['HOME'] ?? homedir()
  const configFile = env['AWS_CONFIG_FILE'] ?? join(home, '.aws/config')
  const credentialsFile = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials')
  const sections = (await Promise.all([configFile, credentialsFile].map((file) => read(file).catch(() => '')))).flatMap((text) =>
    sectionsOf(text.toString(), profile),
  )
  if (profile === 'default' && !sections.flat().some((line) => GIVES_CREDENTIALS.test(line))) return { kind: 'elsewhere' }
  return sections.length > 0 ? { kind: 'profile', name: profile } : { kind: 'missing', credentialsFile }
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
