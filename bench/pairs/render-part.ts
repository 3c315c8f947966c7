import type { Round, Usage } from './contestant.ts'
import type { ComparedPair, PartResult } from './part.ts'
import { spreadOf } from './statistics.ts'

/** The result of a part as a table in Markdown. A ratio is that of Holdfast to the other: 1.20 is one fifth longer. */
export function renderPart({ compared, missing, load, weight, title }: PartResult): string {
  const withCache = compared.some(({ rounds }) => rounds.some((it) => it.other.cachedMiB !== undefined))
  const columns: readonly Column[] = withCache ? [...COLUMNS, WITH_FILES] : COLUMNS
  return [
    `### ${title}`,
    '',
    row('compared', ...columns.map(({ head }) => head)),
    row('---', ...columns.map(() => '---')),
    ...compared.map((it) => row(`${it.holdfast} : ${it.other}`, ...columns.map(({ cell }) => cell(it)))),
    '',
    footnote(compared, { load, weight }),
    ...missing.map((it) => `Not compared: ${it.other} (${it.missing}).`),
    '',
  ].join('\n')
}

interface Column {
  readonly head: string
  readonly cell: (pair: ComparedPair) => string
}

const COLUMNS: readonly Column[] = [
  { head: 'duration: ratio (quartiles)', cell: ratioCell((it) => it.wallSeconds) },
  { head: 'budget', cell: budgetCell },
  { head: 'CPU time: ratio (quartiles)', cell: ratioCell((it) => it.cpuSeconds) },
  { head: 'seconds', cell: bothCell((it) => it.wallSeconds) },
  { head: 'CPU seconds', cell: bothCell((it) => it.cpuSeconds) },
  { head: 'MiB written', cell: bothCell((it) => it.writtenMiB) },
  { head: 'MiB of memory', cell: bothCell((it) => it.memoryMiB) },
]

const WITH_FILES: Column = { head: '… with files', cell: bothCell((it) => it.cachedMiB ?? Number.NaN) }

function ratioCell(value: (usage: Usage) => number): (pair: ComparedPair) => string {
  return ({ rounds }) => {
    const { lower, median, upper } = spreadOf(ratios(rounds, value))
    return `${median.toFixed(2)} (${lower.toFixed(2)}–${upper.toFixed(2)})`
  }
}

function bothCell(value: (usage: Usage) => number): (pair: ComparedPair) => string {
  return ({ rounds }) =>
    [rounds.map((it) => value(it.holdfast)), rounds.map((it) => value(it.other))].map((it) => digits(spreadOf(it).median)).join(' : ')
}

function budgetCell({ rounds, budget }: ComparedPair): string {
  if (budget === undefined) return ''
  const { median } = spreadOf(ratios(rounds, (it) => it.wallSeconds))
  return `${budget.toFixed(2)}, ${median <= budget ? 'met' : '**missed**'}`
}

function ratios(rounds: readonly Round[], value: (usage: Usage) => number): readonly number[] {
  return rounds.map(({ holdfast, other }) => value(holdfast) / value(other))
}

function footnote(compared: readonly ComparedPair[], { load, weight }: Pick<PartResult, 'load' | 'weight'>): string {
  const rounds = compared.flatMap((it) => it.rounds)
  const others = spreadOf(rounds.flatMap(({ holdfast, other }) => [holdfast.othersShare, other.othersShare]))
  const percent = (share: number) => (100 * share).toFixed(0)
  return [
    `${compared[0]?.rounds.length ?? 0} pairs.`,
    `Load average ${load.map((it) => it.toFixed(1)).join(' before, ')} after;`,
    `other programs used ${percent(others.median)} % of the processors meanwhile (quartiles ${percent(others.lower)}–${percent(others.upper)} %).`,
    ...(weight === 100 ? [] : [`Weight of both beside others: ${weight} to 100.`]),
  ].join(' ')
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Three significant digits, or whole numbers. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  return value.toFixed(value >= 1 ? 2 : 3)
}
