import type { Plan } from '../../../plan/plan.ts'
import { stateFolder } from '../../host/state-folder.ts'
import type { WebHost } from '../web-host.ts'
import { hideSecrets, type Shown, secretsIn, showSecrets } from './hide-secrets.ts'
import { placeholderKey } from './placeholder-key.ts'

/** Hides and restores the secrets of the configuration file and of its earlier versions. */
export interface ConfigSecrets {
  /** The current file, with placeholders. */
  hide(text: string, plan: Plan | undefined): string
  /** An earlier version, with placeholders. */
  hideEarlier(text: string, plan: Plan | undefined): Promise<string>
  /** The text with its placeholders replaced by the secrets of the current file, or of an earlier version. */
  show(hidden: string, now: string, plan: Plan | undefined): Promise<Shown>
}

export interface SecretsDeps {
  /** Compiles such a text; undefined if it is invalid. */
  readonly compile: (text: string) => Promise<Plan | undefined>
  /** Earlier texts of the file, newest first. */
  readonly earlier: () => readonly string[]
}

export function openConfigSecrets({ env, uid }: Pick<WebHost, 'env' | 'uid'>, { compile, earlier }: SecretsDeps): ConfigSecrets {
  let known: string | undefined
  const key = () => {
    known ??= placeholderKey(stateFolder(env, uid))
    return known
  }
  return {
    hide: (text, plan) => hideSecrets(text, { secrets: secretsIn(text, [plan]), key: key() }),
    hideEarlier: async (text, plan) => hideSecrets(text, { secrets: secretsIn(text, [plan, await compile(text)]), key: key() }),
    async show(hidden, now, plan) {
      let secrets = secretsIn(now, [plan])
      let shown = showSecrets(hidden, { secrets, key: key() }, now)
      if (shown.unknownLines.length === 0) return shown
      for (const text of earlier()) {
        secrets = [...secrets, ...secretsIn(text, [plan, await compile(text)])]
        shown = showSecrets(hidden, { secrets, key: key() }, now)
        if (shown.unknownLines.length === 0) break
      }
      return shown
    },
  }
}
