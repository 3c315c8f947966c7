import { homedir } from 'node:os'
import { join } from 'node:path'

type Variables = Readonly<Record<string, string | undefined>>

/** The source of credentials for an AWS SDK. */
export type ProfileChoice =
  | { readonly kind: 'profile'; readonly name: string }
  /** The default chain: environment, role and others. */
  | { readonly kind: 'elsewhere' }
  /** The profile is in neither file: the SDK would continue with another identity. */
  | { readonly kind: 'missing'; readonly credentialsFile: string }

const GIVES_CREDENTIALS = /^\s*(?:aws_access_key_id|role_arn|sso_session|sso_start_url|credential_process|web_identity_token_file|login_session)\s*=/u

/**
 * Searches the shared files for a profile (AWS SDKs and Tools Reference Guide, "Shared config and credentials files"). The profile `default` is used
 * only if they contain credentials under that name; any other must exist. Never rejects: a file that `read` cannot read counts as empty.
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

/** The lines of each section of that profile: `[name]`, or `[profile name]` in the configuration file. */
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
