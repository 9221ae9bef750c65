"""Which class the official PyPI client raises for each status and type of error: of the server's own
answers, and of those that the server never gives, from a stand-in that says them."""

import http.server
import json
import threading
import unittest

import stripe

from backend import Backend

PAY = {
    "amount": 1000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "return_url": "https://example.com/back",
}


class StandIn(http.server.BaseHTTPRequestHandler):
    """Says whatever its path names: `/v1/customers/400,invalid_request_error,rate_limit`."""

    def do_GET(self):
        status, kind, code = self.path.rsplit("/", 1)[1].replace("%2C", ",").split(",")
        error = {"type": kind, "code": code or None, "message": "No."}
        body = json.dumps({"error": error}).encode()
        self.send_response(int(status))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def connect(url, key="sk_test_farthing_dev"):
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0).v1


class Exceptions(unittest.TestCase):
    def raised(self, call, status, expected):
        with self.assertRaises(stripe.StripeError) as caught:
            call()
        error = caught.exception
        self.assertEqual((error.http_status, type(error)), (status, expected))

    def test_what_the_server_refuses(self):
        backend = Backend()
        self.addCleanup(backend.stop)
        client = connect(backend.url)
        once = {"idempotency_key": "exceptions-1"}
        client.payment_intents.create(PAY, once)
        other = {**PAY, "amount": 1001}
        declined = {**PAY, "payment_method": "pm_card_chargeDeclined"}
        for call, status, expected in (
            (lambda: client.payment_intents.create(other, once), 400, stripe.IdempotencyError),
            (
                lambda: client.payment_intents.create({"amount": 1, "currency": "usd"}),
                400,
                stripe.InvalidRequestError,
            ),
            (lambda: client.charges.retrieve("ch_none"), 404, stripe.InvalidRequestError),
            (
                lambda: connect(backend.url, "sk_test_wrong_1234").balance.retrieve(),
                401,
                stripe.AuthenticationError,
            ),
            (lambda: client.payment_intents.create(declined), 402, stripe.CardError),
            (
                lambda: connect(backend.url, "pk_test_farthing_dev").balance.retrieve(),
                403,
                stripe.PermissionError,
            ),
        ):
            self.raised(call, status, expected)

    def test_what_the_server_cannot_say_yet(self):
        # The answers to the second and the third call are lost, and nobody learns what became of them.
        faults = "at=2:lost_after,at=3:lost_after,lookup_lost=1"
        backend = Backend(args=["--simulator-faults", faults, "--network-timeout-ms", "200"])
        self.addCleanup(backend.stop)
        client = connect(backend.url)
        once = {"idempotency_key": "exceptions-2"}
        held = client.payment_intents.create({**PAY, "capture_method": "manual"})
        self.raised(lambda: client.payment_intents.capture(held.id), 500, stripe.APIError)
        unknown = client.payment_intents.create(PAY, once)
        self.assertEqual(unknown.status, "processing")
        self.raised(lambda: client.payment_intents.cancel(unknown.id), 429, stripe.RateLimitError)
        self.raised(lambda: client.payment_intents.create(PAY, once), 409, stripe.APIError)

    def test_what_the_server_never_says(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        client = connect(f"http://127.0.0.1:{server.server_port}")
        for said, expected in (
            ("400,invalid_request_error,rate_limit", stripe.RateLimitError),
            ("404,idempotency_error,", stripe.IdempotencyError),
            ("424,invalid_request_error,", stripe.APIError),
            ("502,api_error,", stripe.APIError),
            ("503,api_error,", stripe.APIError),
            ("504,api_error,", stripe.APIError),
        ):
            with self.subTest(said):
                self.raised(lambda: client.customers.retrieve(said), int(said[:3]), expected)


if __name__ == "__main__":
    unittest.main()
