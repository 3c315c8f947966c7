import { BlockList, isIP } from 'node:net'

/** Lists of addresses and networks, and whether they contain an address. */
export interface Networks {
  contain(address: string): boolean
}

/** Reads `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`; those that are neither are left out. */
export function readNetworks(words: readonly string[]): Networks {
  const list = new BlockList()
  for (const word of words.filter(isNetwork)) {
    const { address, family, bits } = partsOf(word)
    list.addSubnet(address, bits, family)
  }
  return {
    contain(address) {
      const plain = withoutMapping(address)
      const version = isIP(plain)
      return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6')
    },
  }
}

/** Whether it is an address, or a network with its bits. */
export function isNetwork(word: string): boolean {
  const { address, bits } = partsOf(word)
  const version = isIP(address)
  return version !== 0 && Number.isInteger(bits) && bits >= 0 && bits <= (version === 4 ? 32 : 128)
}

/** The address without the form that IPv4 has on a socket for both (`::ffff:192.0.2.7`), and without a zone. */
export function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/iu, '').replace(/%.*$/u, '')
}

function partsOf(word: string): { readonly address: string; readonly family: 'ipv4' | 'ipv6'; readonly bits: number } {
  const [address = '', bits] = word.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const most = family === 'ipv6' ? 128 : 32
  return { address, family, bits: bits === undefined ? most : /^\d{1,3}$/u.test(bits) ? Number(bits) : Number.NaN }
}
