import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { administrator, parseServer, uriOf } from './database-server.ts'

const SECRET = 'CANARY'

describe('the address of a server to restore into', () => {
  it('contains the path of the database', () => {
    const server = parseServer('postgresql://boss@/new%20one?host=/run/pg&sslmode=require')
    assert.ok(!('wrong' in server), JSON.stringify(server))
    assert.equal(server.database, 'new one')
    assert.equal(uriOf(server, server.database), 'postgresql://boss@/new%20one?host=%2Frun%2Fpg&sslmode=require')
    const other = parseServer('mariadb://clerk@[::1]:3307/x?socket=/run/db')
    assert.ok(!('wrong' in other), JSON.stringify(other))
    assert.deepEqual(administrator(other, { environment: {} }).argv.slice(1, 5), ['--host=::1', '--port=3307', '--user=clerk', '--socket=/run/db'])
  })

  it('rejects a password without quoting it', () => {
    for (const text of [
      `postgresql://boss:${SECRET}@/x`,
      `postgresql://boss@/x?password=${SECRET}`,
      `postgresql://boss@/x?sslmode=require&sslpassword=${SECRET}`,
      `postgresql://boss@/x?ssl%70assword=${SECRET}`,
      `postgresql://boss@/x?oauth_client_secret=${SECRET}`,
      `mariadb://clerk@/x?password=${SECRET}`,
    ]) {
      const parsed = parseServer(text)
      assert.match('wrong' in parsed ? parsed.wrong : '', /^Remove the password/u, text)
      assert.ok(!JSON.stringify(parsed).includes(SECRET))
    }
  })

  it('names the database once', () => {
    const parsed = parseServer('postgresql://boss@/new?dbname=prod')
    assert.match('wrong' in parsed ? parsed.wrong : '', /"dbname"/u)
  })

  it('has no setting that would be passed over', () => {
    const parsed = parseServer('mariadb://clerk@/x?socket=/run/db&ssl-ca=/ca.pem')
    assert.match('wrong' in parsed ? parsed.wrong : '', /only valid parameter for MariaDB is socket=\/PATH/u)
  })
})
