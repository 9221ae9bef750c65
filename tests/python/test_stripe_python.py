"""The official PyPI client, unmodified, pointed at the server."""

import http.server
import os
import threading
import time
import unittest

import stripe

from backend import Backend


class Receiver(http.server.BaseHTTPRequestHandler):
    received = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.received.append((dict(self.headers.items()), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


class StripePython(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.backend = Backend()
        cls.client = cls.connect("sk_test_farthing_dev")

    @classmethod
    def tearDownClass(cls):
        cls.backend.stop()

    @classmethod
    def connect(cls, key):
        return stripe.StripeClient(key, base_addresses={"api": cls.backend.url})

    def paid(self, options=None, **extra):
        params = {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://example.com/back",
            **extra,
        }
        return self.client.v1.payment_intents.create(params, options or {})

    def test_create_and_confirm(self):
        intent = self.client.v1.payment_intents.create(
            {"amount": 1500, "currency": "usd", "metadata": {"order": "ü & [6]"}}
        )
        self.assertEqual(intent.status, "requires_payment_method")
        self.assertEqual(intent.metadata["order"], "ü & [6]")
        confirmed = self.client.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa", "return_url": "https://example.com/back"}
        )
        self.assertEqual(confirmed.status, "succeeded")

    def test_hold_and_capture(self):
        held = self.paid(capture_method="manual")
        self.assertEqual(held.status, "requires_capture")
        captured = self.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1200})
        self.assertEqual((captured.status, captured.amount_received), ("succeeded", 1200))

    def test_partial_refund(self):
        intent = self.paid()
        refund = self.client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
        self.assertEqual((refund.status, refund.amount), ("succeeded", 500))
        charge = self.client.v1.charges.retrieve(intent.latest_charge)
        self.assertEqual((charge.amount_refunded, charge.refunded), (500, False))

    def test_list_pages_by_itself(self):
        made = []
        for n in range(23):
            params = {"amount": 300 + n, "currency": "sek", "description": "page me"}
            made.insert(0, self.client.v1.payment_intents.create(params).id)
        listed = self.client.v1.payment_intents.list({"limit": 7})
        seen = [intent.id for intent in listed.auto_paging_iter() if intent.currency == "sek"]
        self.assertEqual(seen, made)

    def test_expand(self):
        intent = self.paid(expand=["latest_charge"])
        self.assertEqual(intent.latest_charge.object, "charge")
        again = self.client.v1.payment_intents.retrieve(
            intent.id, {"expand": ["latest_charge.balance_transaction", "payment_method"]}
        )
        self.assertEqual(again.latest_charge.balance_transaction.net, 2000 - 88)
        self.assertEqual(again.payment_method.card.brand, "visa")

    def test_unknown_id(self):
        with self.assertRaises(stripe.InvalidRequestError) as caught:
            self.client.v1.payment_intents.retrieve("pi_nonsense")
        self.assertEqual(caught.exception.http_status, 404)
        self.assertEqual(caught.exception.code, "resource_missing")
        self.assertEqual(caught.exception.param, "intent")

    def test_declined_card(self):
        with self.assertRaises(stripe.CardError) as caught:
            self.paid(payment_method="pm_card_visa_chargeDeclined")
        error = caught.exception
        self.assertEqual((error.http_status, error.code), (402, "card_declined"))
        self.assertEqual(error.error.decline_code, "generic_decline")
        self.assertEqual(error.error.payment_intent.status, "requires_payment_method")

    def test_retry_with_the_same_key(self):
        key = f"python-{os.getpid()}-1"
        first = self.paid({"idempotency_key": key})
        second = self.paid({"idempotency_key": key})
        self.assertEqual(second.id, first.id)
        self.assertEqual(second.last_response.headers["Idempotent-Replayed"], "true")

    def test_same_key_with_other_parameters(self):
        key = f"python-{os.getpid()}-2"
        self.paid({"idempotency_key": key})
        with self.assertRaises(stripe.IdempotencyError):
            self.paid({"idempotency_key": key}, amount=2001)

    def test_wrong_key(self):
        with self.assertRaises(stripe.AuthenticationError):
            self.connect("sk_test_wrong_1234").v1.balance.retrieve()

    def test_a_delivered_webhook_is_accepted(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        endpoint = self.client.v1.webhook_endpoints.create(
            {"url": url, "enabled_events": ["payment_intent.succeeded"]}
        )
        intent = self.paid(description="Zürich ☕")
        until = time.monotonic() + 15
        found = None
        while found is None and time.monotonic() < until:
            found = next((each for each in Receiver.received if intent.id.encode() in each[1]), None)
            time.sleep(0.02)
        self.assertIsNotNone(found, "the webhook did not arrive")
        headers, body = found
        signature = next(value for name, value in headers.items() if name.lower() == "stripe-signature")
        event = self.client.construct_event(body, signature, endpoint.secret)
        self.assertEqual(event.type, "payment_intent.succeeded")
        self.assertEqual(event.data.object.id, intent.id)
        with self.assertRaises(stripe.SignatureVerificationError):
            self.client.construct_event(body + b" ", signature, endpoint.secret)
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    unittest.main()
