// The published vectors of webhooks, and what a verifier keeps to beside them.
import { createVerifier, diagnose, signHeaders, webhooks } from '@farthing/sdk/webhooks'
import github from '../../../tests/vectors/webhook-github.json' with { type: 'json' }
import shopify from '../../../tests/vectors/webhook-shopify.json' with { type: 'json' }
import slack from '../../../tests/vectors/webhook-slack.json' with { type: 'json' }
import standard from '../../../tests/vectors/webhook-standard.json' with { type: 'json' }
import stripe from '../../../tests/vectors/webhook-stripe.json' with { type: 'json' }
import { codeOf, equal, holds, same } from './check.mjs'

const FILES = { stripe, standard, github, shopify, slack }
const WITHOUT_CLOCK = ['github', 'shopify']
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const bytesOf = ({ body_base64: text }) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

function headersOf(scheme, { header, headers }) {
  if (header !== undefined) return header
  const { id, timestamp, signature } = headers
  return scheme === 'standard'
    ? { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    : { 'X-Slack-Request-Timestamp': timestamp, 'X-Slack-Signature': signature }
}

const kinds = {
  verify(scheme, each) {
    const { secrets, name, now_ms: nowMs, tolerance_s: toleranceSeconds } = each
    const expect = each.expect_made ?? each.expect
    const window = WITHOUT_CLOCK.includes(scheme) ? {} : { toleranceSeconds }
    const payload = bytesOf(each)
    let verified
    const code = codeOf(() => {
      const verifier = createVerifier({ scheme, secrets, ...window })
      verified = verifier.verify(payload, headersOf(scheme, each), { nowMs })
    }, name)
    equal(code, expect.error ?? 'nothing thrown', name)
    if (verified === undefined) return
    equal(verified.secretLabel, String(expect.secret_index), name)
    const seconds = expect.timestamp_s
    equal(verified.timestampMs, seconds === undefined ? null : seconds * 1000, name)
  },
  sign(scheme, { secrets, id, at_ms: nowMs, expect, name, ...each }) {
    const signed = signHeaders({
      scheme,
      secrets,
      payload: bytesOf(each),
      nowMs,
      ...(id && { id }),
    })
    const header = { stripe: 'stripe-signature', standard: 'webhook-signature' }[scheme]
    if (header) equal(signed[header], expect.header, name)
    else same(signed, expect.headers, name)
  },
  async diagnose(scheme, each) {
    const { secrets, expect, name, now_ms: nowMs, tolerance_s: toleranceSeconds } = each
    const headers = headersOf(scheme, each)
    const payload = bytesOf(each)
    const findings = await diagnose({ scheme, secrets, payload, headers, nowMs, toleranceSeconds })
    same(
      findings.map(({ code }) => code),
      expect.findings,
      name,
    )
  },
}

const vectors = Object.entries(FILES).flatMap(([scheme, { cases }]) =>
  Object.entries(kinds).flatMap(([does, run]) => {
    const members = cases.filter((each) => each.does === does)
    if (members.length === 0) return []
    return {
      name: `webhook-${scheme}.json: ${does}, ${members.length} vectors`,
      run: async () => {
        for (const each of members) await run(scheme, each)
      },
    }
  }),
)

export const webhookCases = [
  ...vectors,
  {
    name: 'every vector of webhooks is of a kind that is tried',
    run: () => {
      for (const { cases } of Object.values(FILES)) {
        for (const { does } of cases) holds(does in kinds, does)
      }
    },
  },
  {
    name: 'what was signed is verified, of every length, by both ways; what was changed is not',
    run: async () => {
      for (const scheme of Object.keys(FILES)) {
        const verifier = createVerifier({ scheme, secrets: SECRET })
        for (const length of [0, 1, 63, 64, 1_535, 2_048, 100_000]) {
          const payload = 'x'.repeat(length)
          const signed = signHeaders({ scheme, secrets: SECRET, payload })
          const inBytes = new TextEncoder().encode(payload)
          equal(verifier.verify(inBytes, new Headers(signed)).secretLabel, '0', scheme)
          equal((await verifier.verifyAsync(payload, signed)).secretLabel, '0', scheme)
          equal(
            codeOf(() => verifier.verify(`${payload} `, signed)),
            'signature_mismatch',
            scheme,
          )
        }
      }
    },
  },
  {
    name: 'the drop-in reads an event, and refuses a changed one',
    run: async () => {
      const payload = '{"id":"evt_1","object":"event"}'
      const header = webhooks.generateTestHeaderString({ payload, secret: SECRET })
      equal(webhooks.constructEvent(payload, header, SECRET).id, 'evt_1')
      equal((await webhooks.constructEventAsync(payload, header, SECRET)).id, 'evt_1')
      let thrown
      try {
        webhooks.constructEvent(`${payload} `, header, SECRET)
      } catch (error) {
        thrown = error
      }
      equal(thrown?.type, 'StripeSignatureVerificationError')
    },
  },
]
