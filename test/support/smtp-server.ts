import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { unlessCi } from './lacks.ts'

const TRIES = 500

// Debian's own: its packages are not seen by others.
const PYTHON = '/usr/bin/python3'
const program = fileURLToPath(new URL('../programs/smtp-server.py', import.meta.url))

export interface SmtpMail {
  readonly from: string
  readonly to: readonly string[]
  /** The whole message. */
  readonly text: string
  readonly secure: boolean
  readonly user: string
}

export interface SmtpServer {
  readonly port: number
  /** What it has taken so far, once that are so many; fewer when they do not come. */
  taken(count?: number): Promise<readonly SmtpMail[]>
}

/** Why there can be no mail server here, or false. */
export const lacksSmtp: string | false = unlessCi(spawnSync(PYTHON, ['-c', 'import aiosmtpd']).status !== 0 && 'python3-aiosmtpd is not installed')

/** A real mail server, ended with the test; options as `test/programs/smtp-server.py` says. */
export async function openSmtpServer(t: { after(work: () => void): void }, options: Readonly<Record<string, unknown>> = {}): Promise<SmtpServer> {
  const child = spawn(PYTHON, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'ignore'] })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  const mails: SmtpMail[] = []
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the mail server has ended')))
    lines.once('line', (line) => {
      lines.on('line', (mail) => mails.push(JSON.parse(mail) as SmtpMail))
      resolve(Number(line))
    })
  })
  return {
    port,
    async taken(count = 1) {
      for (let tries = 0; mails.length < count && tries < TRIES; tries += 1) await sleep(20)
      return mails
    },
  }
}
