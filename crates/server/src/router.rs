//! Every path there is, on one screen.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::app::Shared;
use crate::headers;
use crate::routes::customers::nothing::{self, Nothing};
use crate::routes::{
    assets, balance, balance_transactions, challenge, charges, confirmation_tokens, customers,
    disputes, events, farthing, payment_intents, payment_methods, payouts, radar, refunds,
    setup_intents, tokens, unknown, webhook_endpoints,
};

/// The API and the card frame. What operators read (health, metrics) is not here.
pub fn router(app: Shared) -> Router {
    let api = Router::new()
        .merge(of_intents())
        .route("/v1/payment_methods", methods())
        .route("/v1/payment_methods/{id}", method())
        .route("/v1/payment_methods/{id}/attach", post(payment_methods::attach::handle))
        .route("/v1/payment_methods/{id}/detach", post(payment_methods::detach::handle))
        .route("/v1/charges", get(charges::list::handle).post(charges::create::handle))
        .route("/v1/charges/{id}/capture", post(charges::capture::handle))
        .route("/v1/charges/search", get(charges::search::handle))
        .route("/v1/charges/{id}", get(charges::retrieve::handle).post(charges::update::handle))
        .merge(set_ups())
        .merge(below_charges())
        .merge(below_customers())
        .route("/v1/customers", get(customers::list::handle).post(customers::create::handle))
        .route("/v1/customers/search", get(customers::search::handle))
        .route("/v1/customers/{id}", customer())
        .route("/v1/customers/{id}/payment_methods", get(payment_methods::list::of_customer))
        .route(
            "/v1/customers/{id}/payment_methods/{method}",
            get(payment_methods::retrieve::of_customer),
        )
        .route("/v1/refunds", get(refunds::list::handle).post(refunds::create::handle))
        .route("/v1/refunds/{id}", get(refunds::retrieve::handle).post(refunds::update::handle))
        .route("/v1/refunds/{id}/cancel", post(refunds::cancel::handle))
        .route("/v1/disputes", get(disputes::list::handle))
        .route("/v1/disputes/{id}", get(disputes::retrieve::handle).post(disputes::update::handle))
        .route("/v1/disputes/{id}/close", post(disputes::close::handle))
        .route("/v1/payouts", get(payouts::list::handle).post(payouts::create::handle))
        .route("/v1/payouts/{id}", get(payouts::retrieve::handle).post(payouts::update::handle))
        .route("/v1/payouts/{id}/cancel", post(payouts::cancel::handle))
        .route("/v1/payouts/{id}/reverse", post(payouts::reverse::handle))
        .route("/v1/balance", get(balance::handle))
        .route("/v1/balance_transactions", get(balance_transactions::list::handle))
        .route("/v1/balance_transactions/{id}", get(balance_transactions::retrieve::handle))
        .route("/v1/events", get(events::list::handle))
        .route("/v1/events/{id}", get(events::retrieve::handle))
        .route("/v1/events/{id}/retry", post(events::retry::handle))
        .route("/v1/webhook_endpoints", endpoints())
        .route("/v1/webhook_endpoints/{id}", endpoint())
        .merge(of_our_own())
        .route("/farthing/challenge/{tenant}/{id}", get(challenge::show).post(challenge::answer))
        .fallback(unknown::handle)
        .method_not_allowed_fallback(unknown::handle)
        .layer(from_fn_with_state(app.clone(), headers::layer))
        .with_state(app.clone());
    assets::router(app).fallback_service(api)
}

/// Payment intents, with every verb.
fn of_intents() -> Router<Shared> {
    Router::new()
        .route("/v1/payment_intents", intents())
        .route("/v1/payment_intents/search", get(payment_intents::search::handle))
        .route("/v1/payment_intents/{id}", intent())
        .route("/v1/payment_intents/{id}/confirm", post(payment_intents::confirm::handle))
        .route("/v1/payment_intents/{id}/capture", post(payment_intents::capture::handle))
        .route(
            "/v1/payment_intents/{id}/increment_authorization",
            post(payment_intents::increment_authorization::handle),
        )
        .route(
            "/v1/payment_intents/{id}/amount_details_line_items",
            get(payment_intents::amount_details_line_items::handle),
        )
        .route(
            "/v1/payment_intents/{id}/apply_customer_balance",
            post(payment_intents::apply_customer_balance::handle),
        )
        .route(
            "/v1/payment_intents/{id}/verify_microdeposits",
            post(payment_intents::verify_microdeposits::handle),
        )
        .route("/v1/payment_intents/{id}/cancel", post(payment_intents::cancel::handle))
}

/// What other payment systems do not have.
fn of_our_own() -> Router<Shared> {
    Router::new()
        .route("/v1/farthing/merchants", post(farthing::merchants::handle))
        .route("/v1/farthing/merchants/{number}/reserve", post(farthing::reserve::handle))
        .route("/v1/farthing/merchants/{number}/settlement", post(farthing::settlement::handle))
        .route("/v1/farthing/keys", keys())
        .route("/v1/farthing/keys/{key}", key())
        .route("/v1/farthing/keys/{key}/roll", post(farthing::keys::roll::handle))
        .route("/v1/farthing/audit", get(farthing::audit::handle))
        .route("/v1/farthing/vault", get(farthing::vault::retrieve::handle))
        .route("/v1/farthing/vault/rotate", post(farthing::vault::rotate::handle))
        .route("/v1/farthing/events", get(farthing::events::handle))
        .route("/v1/farthing/idempotency/{key}", get(farthing::idempotency::handle))
        .route("/v1/farthing/openapi.json", get(farthing::openapi::handle))
        .route("/v1/farthing/bank_accounts", bank_accounts())
        .route("/v1/farthing/bank_accounts/{id}", bank_account())
        .route("/v1/farthing/payout_settings", payout_settings())
        .route("/v1/farthing/ledger/accounts", get(farthing::ledger::accounts::handle))
        .route("/v1/farthing/ledger/entries", get(farthing::ledger::entries::handle))
        .route("/v1/farthing/ledger/statement", get(farthing::ledger::statement::handle))
        .route("/v1/farthing/ledger/transfers", get(farthing::ledger::transfers::handle))
        .route(
            "/v1/farthing/webhook_endpoints/{id}/roll_secret",
            post(webhook_endpoints::roll::handle),
        )
        .route("/v1/farthing/test_clock", get(farthing::test_clock::retrieve::handle))
        .route("/v1/farthing/test_clock/advance", post(farthing::test_clock::advance::handle))
}

/// Cards that are kept for later, and what issuers say of them.
fn set_ups() -> Router<Shared> {
    Router::new()
        .route("/v1/tokens", post(tokens::create::handle))
        .route("/v1/tokens/{id}", get(tokens::retrieve::handle))
        .route("/v1/setup_intents", setups())
        .route("/v1/setup_intents/{id}", setup())
        .route("/v1/setup_intents/{id}/confirm", post(setup_intents::confirm::handle))
        .route("/v1/setup_intents/{id}/cancel", post(setup_intents::cancel::handle))
        .route(
            "/v1/setup_intents/{id}/verify_microdeposits",
            post(setup_intents::verify_microdeposits::handle),
        )
        .route("/v1/setup_attempts", get(setup_intents::attempts::handle))
        .route("/v1/radar/early_fraud_warnings", get(radar::list::handle))
        .route("/v1/radar/early_fraud_warnings/{id}", get(radar::retrieve::handle))
}

/// Older addresses, and what nothing here ever has.
fn below_charges() -> Router<Shared> {
    Router::new()
        .route("/v1/charges/{id}/refund", post(charges::refund::handle))
        .route(
            "/v1/charges/{id}/refunds",
            get(charges::refunds::list).post(charges::refunds::create),
        )
        .route(
            "/v1/charges/{id}/dispute",
            get(charges::dispute::retrieve).post(charges::dispute::update),
        )
        .route("/v1/charges/{id}/dispute/close", post(charges::dispute::close))
        .route("/v1/test_helpers/refunds/{id}/expire", post(refunds::expire::handle))
        .route("/v1/confirmation_tokens/{id}", get(confirmation_tokens::handle))
}

/// What merchants' programs ask of customers, and no customer has.
fn below_customers() -> Router<Shared> {
    let all = |of: &'static Nothing| {
        get(move |request| nothing::list(request, of))
            .post(move |request| nothing::make(request, of))
    };
    let one = |of: &'static Nothing| get(move |request| nothing::one(request, of));
    let (balance, sources, tax_ids) = (&nothing::BALANCE, &nothing::SOURCES, &nothing::TAX_IDS);
    let changed = move |request| nothing::one(request, balance);
    let source = one(sources)
        .post(move |request| nothing::one(request, sources))
        .delete(move |request| nothing::one(request, sources));
    let tax_id = one(tax_ids).delete(move |request| nothing::one(request, tax_ids));
    Router::new()
        .route("/v1/customers/{id}/balance_transactions", all(balance))
        .route("/v1/customers/{id}/balance_transactions/{line}", one(balance).post(changed))
        .route("/v1/customers/{id}/sources", all(sources))
        .route("/v1/customers/{id}/sources/{source}", source)
        .route("/v1/customers/{id}/tax_ids", all(tax_ids))
        .route("/v1/customers/{id}/tax_ids/{tax_id}", tax_id)
}

fn key() -> MethodRouter<Shared> {
    get(farthing::keys::retrieve::handle)
        .post(farthing::keys::update::handle)
        .delete(farthing::keys::delete::handle)
}

fn keys() -> MethodRouter<Shared> {
    get(farthing::keys::list::handle).post(farthing::keys::create::handle)
}

fn bank_accounts() -> MethodRouter<Shared> {
    get(farthing::bank_accounts::list::handle).post(farthing::bank_accounts::create::handle)
}

fn bank_account() -> MethodRouter<Shared> {
    get(farthing::bank_accounts::retrieve::handle).delete(farthing::bank_accounts::delete::handle)
}

fn payout_settings() -> MethodRouter<Shared> {
    get(farthing::payout_settings::retrieve::handle).post(farthing::payout_settings::update::handle)
}

fn intents() -> MethodRouter<Shared> {
    get(payment_intents::list::handle).post(payment_intents::create::handle)
}

fn intent() -> MethodRouter<Shared> {
    get(payment_intents::retrieve::handle).post(payment_intents::update::handle)
}

fn customer() -> MethodRouter<Shared> {
    get(customers::retrieve::handle)
        .post(customers::update::handle)
        .delete(customers::delete::handle)
}

fn methods() -> MethodRouter<Shared> {
    get(payment_methods::list::handle).post(payment_methods::create::handle)
}

fn method() -> MethodRouter<Shared> {
    get(payment_methods::retrieve::handle).post(payment_methods::update::handle)
}

fn setups() -> MethodRouter<Shared> {
    get(setup_intents::list::handle).post(setup_intents::create::handle)
}

fn setup() -> MethodRouter<Shared> {
    get(setup_intents::retrieve::handle).post(setup_intents::update::handle)
}

fn endpoints() -> MethodRouter<Shared> {
    get(webhook_endpoints::list::handle).post(webhook_endpoints::create::handle)
}

fn endpoint() -> MethodRouter<Shared> {
    get(webhook_endpoints::retrieve::handle)
        .post(webhook_endpoints::update::handle)
        .delete(webhook_endpoints::delete::handle)
}
