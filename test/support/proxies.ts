import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Authority } from './authority.ts'
import { freePort } from './free-port.ts'
import { SEARCHED_PATH } from './lacks.ts'
import { listens } from './listens.ts'
import { until } from './time-limits.ts'

export const PROXIES = { nginx: 'nginx', Caddy: 'caddy', Apache: 'apache2' } as const
export type ProxyName = keyof typeof PROXIES

export interface ProxyOptions {
  readonly authority: Authority
  /** The port of the server behind it. */
  readonly behind: number
  /** A path that the proxy refuses by itself. */
  readonly denied: string
  /** Replaces what the guide shows for this proxy. */
  readonly snippet?: string
}

export interface RunningProxy {
  readonly port: number
  close(): Promise<void>
}

const GUIDE = readFileSync(new URL('../../docs/guide/web.md', import.meta.url), 'utf8')

/** What the guide shows for this proxy: the indented lines below its name. */
export function exampleOf(proxy: ProxyName): string {
  const lines = GUIDE.slice(GUIDE.indexOf(`\n${proxy}:\n`))
    .split('\n')
    .slice(3)
  const end = lines.findIndex((it) => it !== '' && !it.startsWith('    '))
  return lines
    .slice(0, end)
    .map((it) => it.slice(4))
    .join('\n')
}

/** The real proxy, on a free port with https, with the lines of the guide in an otherwise minimal configuration. */
export async function openProxy(name: ProxyName, { authority, behind, denied, snippet = exampleOf(name) }: ProxyOptions): Promise<RunningProxy> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'proxy-'))
  mkdirSync(join(folder, 'logs'))
  const { certFile, keyFile } = authority
  const shown = snippet.replaceAll('127.0.0.1:5555', `127.0.0.1:${behind}`)
  const { argv, text } = { nginx, Caddy: caddy, Apache: apache }[name]({ port, folder, certFile, keyFile, shown, denied })
  writeFileSync(join(folder, 'conf'), text)
  const env = { PATH: SEARCHED_PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child = spawn(argv[0] ?? '', argv.slice(1), { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = `${said}${chunk}`.slice(-4000)
  })
  await until(() => child.exitCode !== null || listens(port))
  if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`)
  return {
    port,
    async close() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Filled {
  readonly port: number
  readonly folder: string
  readonly certFile: string
  readonly keyFile: string
  readonly shown: string
  readonly denied: string
}

function nginx({ port, folder, certFile, keyFile, shown, denied }: Filled) {
  const text = `pid ${folder}/pid; error_log stderr; daemon off; worker_processes 1; user root;
events {}
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
    location = ${denied} { return 403; }
    ${shown}
  }
}
`
  return { argv: ['nginx', '-p', folder, '-c', join(folder, 'conf')], text }
}

function caddy({ port, folder, certFile, keyFile, shown, denied }: Filled) {
  const site = shown.replace(
    /^\S+ \{\n/u,
    `https://:${port} {\n  bind 127.0.0.1\n  tls ${certFile} ${keyFile}\n  @denied path ${denied}\n  respond @denied 403\n`,
  )
  return {
    argv: ['caddy', 'run', '--config', join(folder, 'conf'), '--adapter', 'caddyfile'],
    text: `{\n  admin off\n  auto_https disable_redirects\n  default_sni localhost\n}\n${site}\n`,
  }
}

function apache({ port, folder, certFile, keyFile, shown, denied }: Filled) {
  const modules = ['mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http', 'socache_shmcb', 'ssl']
  const text = `${modules.map((it) => `LoadModule ${it}_module /usr/lib/apache2/modules/mod_${it}.so\n`).join('')}ServerName localhost
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/logs/error
Listen 127.0.0.1:${port}
<VirtualHost 127.0.0.1:${port}>
SSLEngine on
SSLCertificateFile ${certFile}
SSLCertificateKeyFile ${keyFile}
<Location ${denied}>
Require all denied
</Location>
${shown}
</VirtualHost>
`
  return { argv: ['apache2', '-D', 'FOREGROUND', '-f', join(folder, 'conf')], text }
}
