import type { Plan } from '../../../plan/plan.ts'
import { stateFolder } from '../../host/state-folder.ts'
import type { WebHost } from '../web-host.ts'
import { hideSecrets, type Shown, secretsIn, showSecrets } from './hide-secrets.ts'
import { placeholderKey } from './placeholder-key.ts'

/** The secrets of the configuration file and of its earlier versions. */
export interface ConfigSecrets {
  /** The file as it is now, with placeholders. */
  hide(text: string, plan: Plan | undefined): string
  /** An earlier version, with placeholders. */
  hideEarlier(text: string, plan: Plan | undefined): Promise<string>
  /** A text made of what was hidden, with its secrets: those of the file now, else those of an earlier version. */
  show(hidden: string, now: string, plan: Plan | undefined): Promise<Shown>
}

export interface SecretsDeps {
  /** The plan of such a text of the file, if it is usable. */
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
