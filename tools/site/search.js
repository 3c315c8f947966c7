// Finds the sections that contain all words, those with a word in a heading first. The index is loaded before (search-index.js).
const input = document.getElementById('search')
const list = document.getElementById('found')
const MOST = 20

input.addEventListener('input', () => {
  const words = input.value.toLowerCase().split(/\s+/u).filter(Boolean)
  list.replaceChildren(...(words.length === 0 ? [] : found(words).map(item)))
  list.hidden = words.length === 0
})

function found(words) {
  return globalThis.searchIndex
    .map(([address, title, heading, text]) => {
      const head = `${title} ${heading}`.toLowerCase()
      const all = `${head} ${text.toLowerCase()}`
      if (!words.every((word) => all.includes(word))) return undefined
      return { address, title, heading, text, score: words.filter((word) => head.includes(word)).length }
    })
    .filter(Boolean)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map((it) => ({ ...it, excerpt: excerptOf(it.text, words) }))
}

function excerptOf(text, words) {
  const at = Math.max(0, Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((it) => it >= 0), text.length) - 40)
  return text.slice(at, at + 140)
}

function item({ address, title, heading, excerpt }) {
  const link = document.createElement('a')
  link.href = `${document.body.dataset.base}${address}`
  link.textContent = heading === title ? title : `${title}: ${heading}`
  const words = document.createElement('span')
  words.textContent = excerpt
  const entry = document.createElement('li')
  entry.append(link, words)
  return entry
}
