import type { Family } from './read-metrics.ts'

/** The text format of OpenMetrics 1.0. */
export function renderOpenMetrics(families: readonly Family[]): string {
  const parts = families.map(({ name, help, unit, kind, samples }) => {
    const head = [`# TYPE ${name} ${kind}`, ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]), `# HELP ${name} ${escaped(help)}`]
    const suffix = kind === 'info' ? '_info' : ''
    return [...head, ...samples.map(({ labels, value }) => `${name}${suffix}${labelsOf(labels)} ${value}`)].join('\n')
  })
  return `${[...parts, '# EOF'].join('\n')}\n`
}

/** The text format that node_exporter reads from files: an older format, without units and end marker. */
export function renderTextfile(families: readonly Family[]): string {
  const parts = families.map(({ name, help, kind, samples }) => {
    const full = kind === 'info' ? `${name}_info` : name
    return [
      `# HELP ${full} ${escaped(help)}`,
      `# TYPE ${full} gauge`,
      ...samples.map(({ labels, value }) => `${full}${labelsOf(labels)} ${value}`),
    ].join('\n')
  })
  return `${parts.join('\n')}\n`
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`)
  return all.length === 0 ? '' : `{${all.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
