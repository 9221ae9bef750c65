//! Every error that was recorded of the wire, call by call: status, type, code, param, decline code and
//! the words where they are known. What is refused writes nothing and reaches no network.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Ask, Server, id};

/// A server with one object in each state that an error needs, by name.
pub(crate) struct Stage {
    pub(crate) server: Server,
    ids: BTreeMap<&'static str, String>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { server: Server::memory(), ids: BTreeMap::new() }
    }

    /// Makes objects, one line each: `name: POST /path form`, or `name/field: …` for another field of
    /// the answer than its id. Names made before can be used in braces.
    pub(crate) fn with(mut self, lines: &'static str) -> Self {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, call) = line.split_once(": ").expect("a line has a name");
            let (name, field) = name.split_once('/').unwrap_or((name, "id"));
            let answer = self.server.send(Ask::line(&self.filled(call)));
            assert_eq!(answer.status, 200, "{line}: {}", answer.body);
            let id = answer.json[field].as_str().unwrap_or_else(|| panic!("{line}: no {field}"));
            self.ids.insert(name, id.to_owned());
        }
        self
    }

    pub(crate) fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, id) in &self.ids {
            text = text.replace(&format!("{{{name}}}"), id);
        }
        text
    }

    /// Checks lines of the form `POST /path form => 400 type code param "words"`. A `-` stands for
    /// nothing; after the param, `decline_code=…` names that, and `with=…` a whole object that the error
    /// carries. Words that end in `…` are the beginning.
    pub(crate) fn check(&self, table: &str) {
        let mut wrong = String::new();
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (call, expected) = line.split_once(" => ").expect("a line has an arrow");
            let ask = Ask::line(&self.filled(call));
            let declined = expected.starts_with("402");
            let answer = if declined { self.server.send(ask) } else { self.server.refused(ask) };
            let said = said(&answer.json["error"], &answer.said(), expected);
            let expected = self.filled(expected);
            if !agree(&expected, &said) {
                writeln!(wrong, "{call}\n  said {said}\n  not  {expected}").unwrap();
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
    }
}

/// What an error says, in the form of a line of the table.
fn said(error: &Value, row: &str, expected: &str) -> String {
    let mut said = row.to_owned();
    for part in expected.split(['"']).next().unwrap().split_whitespace().skip(4) {
        let (name, value) = part.split_once('=').expect("a column is a name and a value");
        let found = match name {
            "with" if error[value]["id"].is_string() => value,
            "with" => "nothing",
            other => error[other].as_str().unwrap_or("-"),
        };
        write!(said, " {name}={found}").unwrap();
    }
    if expected.contains('"') {
        write!(said, " \"{}\"", error["message"].as_str().unwrap_or_default()).unwrap();
    }
    said
}

fn agree(expected: &str, said: &str) -> bool {
    match expected.strip_suffix("…\"") {
        Some(start) => said.starts_with(start),
        None => said == expected,
    }
}

#[test]
fn parameters_and_places() {
    let stage = Stage::new().with("cus: POST /v1/customers email=a@b.example");
    stage.check(
        r#"
        POST /v1/payment_intents amount=100&currency=usd&nope=1 => 400 invalid_request_error parameter_unknown nope "Received unknown parameter: nope"
        POST /v1/customers invoice_settings[nope]=1 => 400 invalid_request_error parameter_unknown invoice_settings[nope] "Received unknown parameter: invoice_settings[nope]"
        POST /v1/payment_intents currency=usd => 400 invalid_request_error parameter_missing amount doc_url=https://stripe.com/docs/error-codes/parameter-missing "Missing required param: amount."
        POST /v1/payment_intents amount=abc&currency=usd => 400 invalid_request_error parameter_invalid_integer amount "Invalid integer: abc"
        POST /v1/payment_intents amount=-5&currency=usd => 400 invalid_request_error parameter_invalid_integer amount "This value must be greater than or equal to 1."
        POST /v1/payment_intents amount=100&currency=usd&capture_method=later => 400 invalid_request_error - capture_method "Invalid capture_method: must be one of automatic, automatic_async, or manual"
        POST /v1/customers email=nobody => 400 invalid_request_error email_invalid email "Invalid email address: nobody"
        POST /v1/payment_intents amount=100&currency=xxx => 400 invalid_request_error - currency "Invalid currency: xxx. Stripe currently supports these currencies: usd, aed, afn, all, …"
        POST /v1/payment_intents amount=100&currency=usd&description[a]=1 => 400 invalid_request_error - description
        POST /v1/payment_intents amount=&currency=usd => 400 invalid_request_error parameter_invalid_empty amount "You passed an empty string for 'amount', but 'amount' cannot be unset. …"
        GET /v1/x => 404 invalid_request_error - - "Unrecognized request URL (GET: /v1/x). If you are trying to list objects, remove the trailing slash. …"
        POST /v1/charges/x/y/z a=1 => 404 invalid_request_error - - "Unrecognized request URL (POST: /v1/charges/x/y/z). …"
        GET /v1/customers/{cus} expand[]=nope => 400 invalid_request_error - - "This property cannot be expanded (nope)."
        GET /v1/charges expand[]=customer => 400 invalid_request_error - - "This property cannot be expanded (customer). You may want to try expanding 'data.customer' instead."
        GET /v1/customers expand[]=data.nope => 400 invalid_request_error - - "This property cannot be expanded (data.nope)."
        GET /v1/customers starting_after={cus}&ending_before={cus} => 400 invalid_request_error - - "Received both starting_after and ending_before parameters. Please pass in only one."
        GET /v1/customers starting_after=cus_x => 400 invalid_request_error resource_missing starting_after "No such customer: 'cus_x'"
        GET /v1/customers ending_before=cus_x => 400 invalid_request_error resource_missing ending_before
        GET /v1/customers starting_after=cus_x&ending_before={cus} => 400 invalid_request_error resource_missing starting_after
        GET /v1/customers limit=many => 400 invalid_request_error parameter_invalid_integer limit "Invalid integer: many"
        GET /v1/customers created[gte]=x => 400 invalid_request_error parameter_invalid_integer created[gte]
        POST /v1/customers metadata[a][b]=1 => 400 invalid_request_error - metadata[a]
        GET /v1/payment_intents/search query=status:%22x%22+AND+amount%3E1+OR+amount%3C5 => 400 invalid_request_error - query
        "#,
    );
}

#[test]
fn objects_that_are_not_there() {
    Stage::new().with("cus: POST /v1/customers email=a@b.example").check(
        r#"
        GET /v1/customers/cus_x => 404 invalid_request_error resource_missing id "No such customer: 'cus_x'"
        DELETE /v1/customers/cus_x => 404 invalid_request_error resource_missing id "No such customer: 'cus_x'"
        GET /v1/charges/ch_x => 404 invalid_request_error resource_missing id "No such charge: 'ch_x'"
        GET /v1/balance_transactions/txn_x => 404 invalid_request_error resource_missing id "No such balance transaction: 'txn_x'"
        GET /v1/payment_intents/pi_x => 404 invalid_request_error resource_missing intent "No such payment_intent: 'pi_x'"
        GET /v1/payment_intents/{cus} => 404 invalid_request_error resource_missing intent "No such payment_intent: '{cus}'"
        GET /v1/disputes/du_x => 404 invalid_request_error resource_missing dispute "No such dispute: 'du_x'"
        POST /v1/disputes/du_x/close => 404 invalid_request_error resource_missing dispute
        GET /v1/refunds/re_x => 404 invalid_request_error resource_missing refund "No such refund: 're_x'"
        GET /v1/payment_methods/pm_x => 404 invalid_request_error resource_missing payment_method "No such PaymentMethod: 'pm_x'"
        GET /v1/events/evt_x => 404 invalid_request_error resource_missing id "No such event: 'evt_x'"
        GET /v1/webhook_endpoints/we_x => 404 invalid_request_error resource_missing id "No such webhook endpoint: 'we_x'"
        POST /v1/payment_intents amount=100&currency=usd&customer=cus_x => 400 invalid_request_error resource_missing customer "No such customer: 'cus_x'"
        POST /v1/payment_intents amount=100&currency=usd&payment_method=pm_x => 400 invalid_request_error resource_missing payment_method "No such PaymentMethod: 'pm_x'"
        POST /v1/refunds charge=ch_x => 404 invalid_request_error resource_missing id "No such charge: 'ch_x'"
        POST /v1/refunds payment_intent=pi_x => 400 invalid_request_error resource_missing payment_intent "No such payment_intent: 'pi_x'"
        GET /v1/charges customer=cus_x => 400 invalid_request_error resource_missing customer "No such customer: 'cus_x'"
        "#,
    );
}

const INTENTS: &str = "
    open: POST /v1/payment_intents amount=1000&currency=usd
    gone: POST /v1/payment_intents amount=1000&currency=usd
    gone: POST /v1/payment_intents/{gone}/cancel
    held: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual
    paid: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true
    cus: POST /v1/customers email=a@b.example
    other: POST /v1/customers email=c@d.example
    pm: POST /v1/payment_methods/pm_card_visa/attach customer={cus}
    of_cus: POST /v1/payment_intents amount=1000&currency=usd&customer={cus}
    of_other: POST /v1/payment_intents amount=1000&currency=usd&customer={other}
";

#[test]
fn payment_intents() {
    Stage::new().with(INTENTS).check(
        r#"
        POST /v1/payment_intents/{open}/confirm => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent "You cannot confirm this PaymentIntent because it's missing a payment method. …"
        POST /v1/payment_intents/{of_cus}/confirm => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent "You cannot confirm this PaymentIntent because it's missing a payment method. …"
        POST /v1/payment_intents/{open}/confirm payment_method={pm} => 400 invalid_request_error parameter_missing source with=payment_intent
        POST /v1/payment_intents/{of_other}/confirm payment_method={pm} => 400 invalid_request_error - payment_method with=payment_intent
        POST /v1/payment_intents/{paid}/capture => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent
        POST /v1/payment_intents/{open}/capture => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent "This PaymentIntent could not be captured because it has a status of requires_payment_method. Only a PaymentIntent with one of the following statuses may be captured: requires_capture."
        POST /v1/payment_intents/{gone}/capture => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent "This PaymentIntent could not be captured because it has a status of canceled. …"
        POST /v1/payment_intents/{held}/capture amount_to_capture=1001 => 400 invalid_request_error amount_too_large - with=payment_intent
        POST /v1/payment_intents/{held}/capture amount_to_capture=0 => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents/{held}/capture amount_to_capture=-1 => 400 invalid_request_error - amount_to_capture "Invalid non-negative integer"
        POST /v1/payment_intents/{paid}/cancel => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent "You cannot cancel this PaymentIntent because it has a status of succeeded. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing."
        POST /v1/payment_intents/{gone}/cancel => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent "You cannot cancel this PaymentIntent because it has a status of canceled. …"
        POST /v1/payment_intents/{paid}/confirm => 400 invalid_request_error payment_intent_unexpected_state - with=payment_intent
        POST /v1/payment_intents/{paid} amount=2000 => 400 invalid_request_error payment_intent_unexpected_state amount with=payment_intent
        POST /v1/payment_intents/{held} amount=2000 => 400 invalid_request_error payment_intent_unexpected_state amount with=payment_intent
        POST /v1/payment_intents amount=0&currency=usd => 400 invalid_request_error parameter_invalid_integer amount "The amount must be greater than or equal to the minimum charge amount allowed …"
        POST /v1/payment_intents amount=49&currency=usd => 400 invalid_request_error amount_too_small amount
        POST /v1/payment_intents amount=1000000000000&currency=usd => 400 invalid_request_error amount_too_large amount
        POST /v1/payment_intents amount=1000&currency=usd&off_session=true => 400 invalid_request_error - off_session
        POST /v1/payment_intents amount=1000&currency=usd&statement_descriptor=x => 400 invalid_request_error - statement_descriptor
        POST /v1/payment_intents amount=1000&currency=usd&statement_descriptor_suffix=12345678901234567890123 => 400 invalid_request_error - statement_descriptor_suffix
        POST /v1/payment_intents/{open}/cancel cancellation_reason=bored => 400 invalid_request_error - cancellation_reason "Invalid cancellation_reason: must be one of duplicate, fraudulent, requested_by_customer, or abandoned"
        POST /v1/payment_intents amount=1000&currency=usd&confirm=true => 400 invalid_request_error payment_intent_unexpected_state -
        POST /v1/payment_intents amount=1000&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired&error_on_requires_action=true => 402 card_error authentication_required - with=payment_intent
        POST /v1/payment_intents amount=1000&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired&off_session=true => 402 card_error authentication_required - decline_code=authentication_required with=payment_intent with=payment_method "Your card was declined. This transaction requires authentication."
        "#,
    );
}

#[test]
fn setup_intents_and_tokens() {
    let stage = Stage::new().with(
        "
        open: POST /v1/setup_intents
        gone: POST /v1/setup_intents
        gone: POST /v1/setup_intents/{gone}/cancel
        done: POST /v1/setup_intents payment_method=pm_card_visa&confirm=true
        tok: POST /v1/tokens card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2040
        used: POST /v1/payment_methods type=card&card[token]={tok}
        ",
    );
    stage.check(
        r#"
        GET /v1/setup_intents/seti_x => 404 invalid_request_error resource_missing intent "No such setupintent: 'seti_x'"
        POST /v1/setup_intents/{open}/confirm => 400 invalid_request_error setup_intent_unexpected_state - with=setup_intent
        POST /v1/setup_intents/{gone}/confirm payment_method=pm_card_visa => 400 invalid_request_error setup_intent_unexpected_state - with=setup_intent
        POST /v1/setup_intents/{done}/confirm => 400 invalid_request_error setup_intent_unexpected_state - with=setup_intent
        POST /v1/setup_intents/{done}/cancel => 400 invalid_request_error setup_intent_unexpected_state - with=setup_intent
        POST /v1/setup_intents/{open}/verify_microdeposits amounts[]=32&amounts[]=45 => 400 invalid_request_error intent_invalid_state -
        POST /v1/setup_intents/{open}/confirm payment_method=pm_card_chargeDeclined => 402 card_error card_declined - decline_code=generic_decline with=setup_intent with=payment_method "Your card was declined."
        POST /v1/setup_intents/{open}/confirm payment_method=pm_card_chargeDeclinedExpiredCard => 402 card_error expired_card exp_month with=setup_intent "Your card has expired."
        POST /v1/payment_methods type=card&card[token]={tok} => 400 invalid_request_error token_already_used -
        GET /v1/tokens/tok_x => 404 invalid_request_error resource_missing token
        "#,
    );
}

#[test]
fn charges_and_refunds() {
    let stage = Stage::new().with(INTENTS).with(
        "
        ch_paid/latest_charge: GET /v1/payment_intents/{paid}
        ch_held/latest_charge: GET /v1/payment_intents/{held}
        part: POST /v1/refunds payment_intent={paid}&amount=100
        back: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true
        ch_back/latest_charge: GET /v1/payment_intents/{back}
        whole: POST /v1/refunds payment_intent={back}
        bad: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_createDispute&confirm=true
        ch_bad/latest_charge: GET /v1/payment_intents/{bad}
        ",
    );
    stage.server.hear_news();
    stage.check(
        r#"
        POST /v1/refunds => 400 invalid_request_error - - "One of the following params should be provided for this request: payment_intent or charge."
        POST /v1/refunds charge={ch_paid}&amount=4000 => 400 invalid_request_error - amount "Refund amount ($40.00) is greater than unrefunded amount on charge ($9.00)"
        POST /v1/refunds charge={ch_back} => 400 invalid_request_error charge_already_refunded - "Charge {ch_back} has already been refunded."
        POST /v1/refunds charge={ch_bad} => 400 invalid_request_error charge_disputed - "Charge {ch_bad} has been charged back; cannot issue a refund."
        POST /v1/refunds charge={ch_held} => 400 invalid_request_error - -
        POST /v1/refunds payment_intent={held} => 400 invalid_request_error - -
        POST /v1/refunds payment_intent={open} => 400 invalid_request_error - -
        POST /v1/refunds payment_intent={gone} => 400 invalid_request_error - -
        POST /v1/refunds charge={ch_paid}&reason=bored => 400 invalid_request_error - reason "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer"
        POST /v1/refunds/{part}/cancel => 400 invalid_request_error - - "Canceling this refund is unsupported."
        POST /v1/refunds/{part} reason=duplicate => 400 invalid_request_error parameter_unknown reason
        "#,
    );
}

#[test]
fn disputes() {
    let stage = Stage::new().with(
        "bad: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_createDispute&confirm=true",
    );
    stage.server.hear_news();
    let list = stage.server.get("/v1/disputes").json;
    let path = format!("/v1/disputes/{}", id(&list["data"][0]));
    let long = "x".repeat(20_001);
    stage.check(&format!(
        r"
        POST {path} evidence[nope]=1 => 400 invalid_request_error parameter_unknown evidence[nope]
        POST {path} evidence[receipt]={long} => 400 invalid_request_error - evidence[receipt]
        POST {path} submit=maybe => 400 invalid_request_error - submit
        "
    ));
    assert_eq!(stage.server.made(&format!("{path}/close"), "")["status"], "lost");
    stage.check(&format!(
        r#"
        POST {path}/close => 400 invalid_request_error - - "This dispute is already closed"
        POST {path} evidence[receipt]=r => 400 invalid_request_error - - "This dispute is already closed"
        "#
    ));
}

#[test]
fn customers_and_methods() {
    Stage::new()
        .with(INTENTS)
        .with("loose: POST /v1/payment_methods type=card&card[token]=tok_visa")
        .check(
            r#"
        POST /v1/payment_methods/{loose}/attach => 400 invalid_request_error parameter_missing customer "Missing required param: customer."
        POST /v1/payment_methods/{loose}/attach customer=cus_x => 400 invalid_request_error resource_missing customer
        POST /v1/payment_methods/{loose}/detach => 400 invalid_request_error - payment_method
        POST /v1/payment_methods/{pm}/attach customer={other} => 400 invalid_request_error payment_method_unexpected_state payment_method
        POST /v1/payment_methods/pm_card_chargeDeclined/attach customer={cus} => 402 card_error card_declined - decline_code=generic_decline "Your card was declined."
        POST /v1/payment_methods/pm_card_chargeDeclinedExpiredCard/attach customer={cus} => 402 card_error expired_card - "Your card has expired."
        POST /v1/payment_methods type=card&card[token]=tok_card_visa => 400 invalid_request_error resource_missing card[token]
        POST /v1/payment_methods card[token]=tok_visa => 400 invalid_request_error parameter_missing type
        GET /v1/payment_methods customer=cus_x => 400 invalid_request_error resource_missing customer
        POST /v1/customers/{cus} nope=1 => 400 invalid_request_error parameter_unknown nope
        "#,
        );
}

#[test]
fn events_and_endpoints() {
    let url = "url=http://127.0.0.1:9/hook&enabled_events[]=*";
    let stage = Stage::new();
    let many: Vec<String> = (0..21).map(|at| format!("types[{at}]=charge.failed")).collect();
    let many = many.join("&");
    stage.check(&format!(
        r"
        GET /v1/events type=charge.failed&types[]=charge.failed => 400 invalid_request_error parameters_exclusive -
        GET /v1/events {many} => 400 invalid_request_error - types
        POST /v1/webhook_endpoints enabled_events[]=* => 400 invalid_request_error parameter_missing url
        POST /v1/webhook_endpoints url=http://127.0.0.1:9/hook => 400 invalid_request_error parameter_missing enabled_events
        POST /v1/webhook_endpoints url=hook&enabled_events[]=* => 400 invalid_request_error url_invalid url
        POST /v1/webhook_endpoints url=http://127.0.0.1:9/hook&enabled_events[]=nope => 400 invalid_request_error - enabled_events
        "
    ));
    for _ in 0..16 {
        stage.server.made("/v1/webhook_endpoints", url);
    }
    stage.check(&format!("POST /v1/webhook_endpoints {url} => 400 invalid_request_error - -"));
}

/// Who may ask at all: the words are what the clients' users see first.
#[test]
fn keys_and_versions() {
    let server = Server::memory();
    let list = || Ask::get("/v1/customers");
    for (ask, said, words) in [
        (list().by_nobody(), "401 invalid_request_error - -", "You did not provide an API key."),
        (
            list().by("sk_test_nope_1234"),
            "401 invalid_request_error - -",
            "Invalid API Key provided: sk_test_",
        ),
        (
            list().by(crate::support::PUBLISHABLE),
            "403 invalid_request_error secret_key_required -",
            "",
        ),
        (
            list().header("stripe-version", "tomorrow"),
            "400 invalid_request_error - -",
            "Invalid Stripe API version: tomorrow",
        ),
        (list().header("stripe-account", "acct_1"), "403 invalid_request_error - -", ""),
    ] {
        let answer = server.refused(ask);
        assert_eq!(answer.said(), said);
        assert!(answer.message().starts_with(words), "{}", answer.message());
    }
}

/// Another request under a used key, and a key that cannot be one.
#[test]
fn idempotency_keys() {
    let server = Server::memory();
    let make =
        |amount: u32| Ask::post("/v1/payment_intents", &format!("amount={amount}&currency=usd"));
    assert_eq!(server.send(make(1000).idempotent("k1")).status, 200);
    let other = server.refused(make(2000).idempotent("k1"));
    assert_eq!(other.said(), "400 idempotency_error - -");
    let words = "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k1' if you meant to execute a different request.";
    assert!(other.message().starts_with(words), "{}", other.message());
    for key in ["", &"k".repeat(256)] {
        let answer = server.refused(make(1000).idempotent(key));
        assert_eq!(answer.status, 400, "{key}: {}", answer.body);
    }
}
