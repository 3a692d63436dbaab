'use strict'

// The contract with stock, written to $PACT_DIR (default: pacts/).
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Pact, Matchers, SpecificationVersion } = require('@pact-foundation/pact')
const { Stock } = require('./client')

const { like, integer, decimal, regex, eachLike, datetime, uuid, fromProviderState } = Matchers

const pact = new Pact({
  consumer: 'web-js',
  provider: 'stock',
  spec: SpecificationVersion.SPECIFICATION_VERSION_V4,
  dir: process.env.PACT_DIR || 'pacts',
  logLevel: 'error',
})

const article = { sku: regex('^[a-z]+-\\d+$', 'book-1'), name: like('A book'), price: decimal(12.5), left: integer(3) }

test('an article', () => pact.addInteraction()
  .given('an article is there', { sku: 'book-1' })
  .uponReceiving('a request for an article')
  .withRequest('GET', fromProviderState('/articles/${sku}', '/articles/book-1'), (request) => {
    request.headers({ Accept: 'application/json' })
  })
  .willRespondWith(200, (response) => {
    response.headers({ 'Content-Type': regex('application/json.*', 'application/json') }).jsonBody(article)
  })
  .executeTest(async (mock) => {
    assert.equal((await new Stock(mock.url).article('book-1')).left, 3)
  }))

test('an article that nobody has', () => pact.addInteraction()
  .given('there are no articles')
  .uponReceiving('a request for an unknown article')
  .withRequest('GET', '/articles/none-1')
  .willRespondWith(404)
  .executeTest(async (mock) => {
    assert.equal(await new Stock(mock.url).article('none-1'), null)
  }))

test('a search', () => pact.addInteraction()
  .given('an article is there', { sku: 'book-1' })
  .uponReceiving('a search by two tags')
  .withRequest('GET', '/articles', (request) => {
    request.query({ tag: ['new', 'paper'], limit: '10' })
  })
  .willRespondWith(200, (response) => {
    response.jsonBody({ articles: eachLike(article, 1), total: integer(1) })
  })
  .executeTest(async (mock) => {
    assert.equal((await new Stock(mock.url).search(['new', 'paper'], 10)).articles.length, 1)
  }))

test('a reservation', () => pact.addInteraction()
  .given('an article is there', { sku: 'book-1' })
  .uponReceiving('a reservation of two pieces')
  .withRequest('POST', '/reservations', (request) => {
    request.headers({ 'Content-Type': 'application/json' }).jsonBody({ sku: like('book-1'), pieces: integer(2) })
  })
  .willRespondWith(201, (response) => {
    response.jsonBody({
      id: uuid('f0e1d2c3-b4a5-4968-8778-695a4b3c2d1e'),
      until: datetime("yyyy-MM-dd'T'HH:mm:ssXXX", '2026-01-31T12:00:00Z'),
      pieces: integer(2),
    })
  })
  .executeTest(async (mock) => {
    assert.equal((await new Stock(mock.url).reserve('book-1', 2)).pieces, 2)
  }))
