import { join } from 'node:path'
import { homeFolder } from './user/home-folder.ts'

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
  const { credentialsFile, texts } = await readFiles(env, read)
  const sections = texts.flatMap((text) => sectionsOf(text, profile))
  if (profile === 'default' && !sections.flat().some((line) => GIVES_CREDENTIALS.test(line))) return { kind: 'elsewhere' }
  return sections.length > 0 ? { kind: 'profile', name: profile } : { kind: 'missing', credentialsFile }
}

/**
 * The address of a service (`s3`, `sns`) in the shared files, for a profile; undefined: none (AWS SDKs and Tools Reference Guide, "Service-specific
 * endpoints"). Never rejects.
 */
export async function endpointOfProfile(
  { profile, service }: { readonly profile: string | undefined; readonly service: string },
  env: Variables,
  read: (file: string) => Promise<Buffer>,
): Promise<string | undefined> {
  const { texts } = await readFiles(env, read)
  const lines = texts.flatMap((text) => sectionsOf(text, profile ?? env['AWS_PROFILE'] ?? 'default').flat())
  const services = lines.map((line) => /^services\s*=\s*(?<name>.*\S)/u.exec(line)?.groups?.['name']).find((name) => name !== undefined)
  const ofService = texts.flatMap((text) => sectionsOf(text, `services ${services}`).flat())
  const begin = ofService.findIndex((line) => new RegExp(`^${service}\\s*=\\s*$`, 'u').test(line))
  const nested = begin === -1 ? [] : ofService.slice(begin + 1)
  const end = nested.findIndex((line) => /^\S/u.test(line))
  return addressIn(end === -1 ? nested : nested.slice(0, end)) ?? addressIn(lines.filter((line) => /^\S/u.test(line)))
}

function addressIn(lines: readonly string[]): string | undefined {
  return lines.map((line) => /^\s*endpoint_url\s*=\s*(?<address>\S+)/u.exec(line)?.groups?.['address']).find((it) => it !== undefined)
}

async function readFiles(env: Variables, read: (file: string) => Promise<Buffer>) {
  const home = env['HOME'] ?? homeFolder(env) ?? '/'
  const configFile = env['AWS_CONFIG_FILE'] ?? join(home, '.aws/config')
  const credentialsFile = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials')
  const texts = await Promise.all([configFile, credentialsFile].map((file) => read(file).then(String, () => '')))
  return { credentialsFile, texts }
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
