const english = new Intl.PluralRules('en')
const russian = new Intl.PluralRules('ru')
const englishNumber = new Intl.NumberFormat('en')
const russianNumber = new Intl.NumberFormat('ru')

/** `1 host`, `1,200 hosts`. */
export function en(count: number, one: string, other: string): string {
  return `${englishNumber.format(count)} ${english.select(count) === 'one' ? one : other}`
}

/** `1 хост`, `2 хоста`, `5 хостов`; a fraction takes the form of 2: `1,5 хоста`. */
export function ru(count: number, ...[one, few, many]: readonly [one: string, few: string, many: string]): string {
  const form = russian.select(count)
  const noun = form === 'one' ? one : form === 'many' ? many : few
  return `${russianNumber.format(count)} ${noun}`
}
