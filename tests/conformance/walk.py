"""Walks the steps of walk.json with the official PyPI client, one line of JSON for each answer.

Arguments: the address of the server, a secret key and an operator's key. Steps that the client has no method for are made
by a plain request.
"""

import json
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

import stripe

STEPS = json.loads((pathlib.Path(__file__).parent / "walk.json").read_text())


def resolve(value, known):
    """Puts what earlier steps answered where a text begins with a dollar sign."""
    if isinstance(value, dict):
        return {name: resolve(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, known) for inner in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    name, *path = value[1:].split(".")
    found = known[name]
    for part in path:
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found


def method_of(client, step):
    """`paymentIntents.create` is `payment_intents.create` here, and `del` is a word of the language."""
    name = step.get("python") or re.sub(r"[A-Z]", lambda hit: "_" + hit[0].lower(), step["call"])
    found = client.v1
    for part in name.split("."):
        found = getattr(found, "delete" if part == "del" else part)
    return found


def called(client, step, ids, params):
    try:
        options = {"idempotency_key": step["idempotency"]} if "idempotency" in step else {}
        answer = method_of(client, step)(*ids, params, options)
    except stripe.StripeError as error:
        return error.http_status, error.json_body
    response = answer.last_response
    return response.code, json.loads(response.body)


def pairs(value, name):
    """Parameters as pairs with bracketed names."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in pairs(inner, f"{name}[{key}]")]
    if isinstance(value, list):
        return [pair for inner in value for pair in pairs(inner, f"{name}[]")]
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    return [(name, value)]


def fetched(address, key, step, path, params):
    method = step["route"].split(" ")[0]
    form = urllib.parse.urlencode([pair for name in params for pair in pairs(params[name], name)])
    url = address + path + ("?" + form if form and method != "POST" else "")
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"Bearer {key}"})
    if method == "POST":
        request.data = form.encode()
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def main(address, secret, operator):
    client = stripe.StripeClient(secret, base_addresses={"api": address}, max_network_retries=0)
    known = {}
    for index, step in enumerate(STEPS):
        ids = resolve(step.get("ids", []), known)
        params = resolve(step.get("params", {}), known)
        if "call" in step:
            status, body = called(client, step, ids, params)
        else:
            left = iter(ids)
            path = re.sub(r"\{\w+\}", lambda _: next(left), step["route"].split(" ")[1])
            key = operator if step.get("key") == "operator" else secret
            status, body = fetched(address, key, step, path, params)
        if "as" in step:
            known[step["as"]] = body
        print(json.dumps({"step": index, "status": status, "body": body}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
