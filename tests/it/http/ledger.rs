//! What the books hold, for operators and for the merchant itself.

use serde_json::{Value, json};

use crate::support::{Ask, Engine, OPERATOR, PUBLISHABLE, STRANGER, Server, id};

const LEDGER: &str = "/v1/farthing/ledger";
/// What payments move, sooner or later.
const ACCOUNTS: [&str; 4] = ["network", "pending", "available", "fees"];

fn data(list: &Value) -> &Vec<Value> {
    list["data"].as_array().unwrap_or_else(|| panic!("{list}"))
}

fn balance(server: &Server, account: &str, more: &str) -> i64 {
    let path = format!("{LEDGER}/accounts?account={account}&currency=usd{more}");
    let list = server.get(&path).json;
    assert_eq!(data(&list).len(), 1, "{list}");
    data(&list)[0]["balance"].as_i64().unwrap()
}

fn advance(server: &Server, seconds: i64) -> i64 {
    let form = format!("seconds={seconds}");
    server.made("/v1/farthing/test_clock/advance", &form)["now"].as_i64().unwrap()
}

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/farthing/ledger/accounts account=nope => 400 invalid_request_error - account
        GET /v1/farthing/ledger/accounts at=x => 400 invalid_request_error parameter_invalid_integer at
        GET /v1/farthing/ledger/accounts merchant=1 => 400 invalid_request_error parameter_unknown merchant
        GET /v1/farthing/ledger/accounts nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/farthing/ledger/entries account= => 400 invalid_request_error parameter_invalid_empty account
        GET /v1/farthing/ledger/entries => 400 invalid_request_error parameter_missing account
        GET /v1/farthing/ledger/transfers reason=nope => 400 invalid_request_error - reason
        GET /v1/farthing/ledger/transfers source=ch_nope => 400 invalid_request_error resource_missing source
        GET /v1/farthing/ledger/transfers starting_after=1 => 400 invalid_request_error resource_missing starting_after
        GET /v1/farthing/ledger/transfers ending_before=-1 => 400 invalid_request_error resource_missing ending_before
        GET /v1/farthing/ledger/transfers limit=x => 400 invalid_request_error parameter_invalid_integer limit
        GET /v1/farthing/ledger/statement account=pending&currency=usd&from=1 => 400 invalid_request_error parameter_missing to
        GET /v1/farthing/ledger/statement account=pending&from=1&to=2 => 400 invalid_request_error parameter_missing currency
        GET /v1/farthing/ledger/statement account=pending&currency=usd&from=3&to=2 => 400 invalid_request_error parameter_invalid_integer to
        GET /v1/farthing/ledger/statement account=pending&currency=usd&from=1&to=2&starting_after=7 => 400 invalid_request_error resource_missing starting_after
        ",
    );
}

#[test]
fn a_balance_at_a_moment_is_the_sum_of_what_was_posted_by_then() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let mut then = Vec::new();
        // A month between two movements, so that the nearer end is now one, now the other.
        for amount in [1000, 2000, 3000, 4000] {
            server.paid(amount);
            let now = advance(&server, 0);
            let each = ACCOUNTS.map(|name| balance(&server, name, ""));
            then.push((now, each));
            advance(&server, 30 * 86_400);
        }
        assert!(then.windows(2).all(|pair| pair[0].1 != pair[1].1), "{then:?}");
        for (at, balances) in &then {
            let at = format!("&at={at}");
            let found = ACCOUNTS.map(|name| balance(&server, name, &at));
            assert_eq!(found, *balances, "{engine:?} {at}");
            assert_eq!(found.iter().sum::<i64>(), 0);
        }
        let before = format!("&at={}", then[0].0 - 86_400);
        assert_eq!(balance(&server, "pending", &before), 0);
        assert_eq!(balance(&server, "network", ""), -10_000);
        let chart = server.get(&format!("{LEDGER}/accounts")).json;
        let sum: i64 = data(&chart).iter().map(|one| one["balance"].as_i64().unwrap()).sum();
        assert_eq!((sum, &chart["has_more"]), (0, &false.into()));
    }
}

#[test]
fn transfers_and_entries_are_listed_and_filtered() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid: Vec<Value> = [1000, 2000, 3000].map(|amount| server.paid(amount)).into();
        let refund =
            server.made("/v1/refunds", &format!("payment_intent={}&amount=500", id(&paid[1])));
        let all = server.get(&format!("{LEDGER}/transfers")).json;
        assert_eq!(data(&all).len(), 4);
        assert_eq!(data(&all)[0]["source"], refund["id"]);
        for transfer in data(&all) {
            let entries = transfer["entries"].as_array().unwrap();
            assert!(entries.len() >= 2);
            assert_eq!(entries.iter().map(|one| one["amount"].as_i64().unwrap()).sum::<i64>(), 0);
        }
        let count = |query: &str| data(&server.get(&format!("{LEDGER}/{query}")).json).len();
        let charge = paid[0]["latest_charge"].as_str().unwrap();
        let second = data(&all)[3]["created"].as_i64().unwrap();
        for (query, expected) in [
            ("transfers?reason=charge".to_owned(), 3),
            ("transfers?reason=refund".to_owned(), 1),
            (format!("transfers?source={charge}"), 1),
            (format!("transfers?source={}", id(&refund)), 1),
            (format!("transfers?created[lt]={second}"), 0),
            (format!("transfers?created[gte]={second}"), 4),
            ("entries?account=fees".to_owned(), 3),
            ("entries?account=network".to_owned(), 4),
            ("entries?account=network&currency=usd".to_owned(), 4),
            ("entries?account=network&currency=eur".to_owned(), 0),
            ("entries?account=available".to_owned(), 0),
        ] {
            assert_eq!(count(&query), expected, "{engine:?} {query}");
        }
        // Pages in both directions, by the transfers' own ids.
        for path in ["transfers?", "entries?account=network&"] {
            let key = if path.starts_with('t') { "id" } else { "transfer" };
            let page = |query: &str| server.get(&format!("{LEDGER}/{path}{query}")).json;
            let first = page("limit=3");
            assert_eq!((data(&first).len(), &first["has_more"]), (3, &true.into()));
            let last = data(&first)[2][key].as_str().unwrap();
            let rest = page(&format!("limit=3&starting_after={last}"));
            assert_eq!((data(&rest).len(), &rest["has_more"]), (1, &false.into()));
            let back = page(&format!("limit=1&ending_before={last}"));
            assert_eq!((&data(&back)[0], &back["has_more"]), (&data(&first)[1], &true.into()));
            let both = format!("{LEDGER}/{path}starting_after={last}&ending_before={last}");
            let refused = server.refused(Ask::get(&both));
            assert_eq!(refused.said(), "400 invalid_request_error - -");
        }
    }
}

#[test]
fn a_statement_opens_moves_and_closes() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        server.paid(500);
        advance(&server, 10 * 86_400);
        let from = advance(&server, 0);
        let paid: Vec<Value> = [1000, 2000, 3000].map(|amount| server.paid(amount)).into();
        server.made("/v1/refunds", &format!("payment_intent={}", id(&paid[2])));
        let to = advance(&server, 0);
        advance(&server, 10 * 86_400);
        server.paid(7000);
        let page = |more: &str| {
            let period = format!("account=pending&currency=usd&from={from}&to={to}");
            server.get(&format!("{LEDGER}/statement?{period}{more}")).json
        };
        let whole = page("&limit=100");
        let lines = whole["lines"].as_array().unwrap();
        assert_eq!((lines.len(), &whole["has_more"]), (4, &false.into()));
        let opening = whole["opening_balance"].as_i64().unwrap();
        assert_eq!(opening, balance(&server, "pending", &format!("&at={}", from - 1)));
        let mut running = opening;
        for line in lines {
            running += line["amount"].as_i64().unwrap();
            assert_eq!(line["balance"], running, "{line}");
        }
        assert_eq!(whole["closing_balance"], running);
        assert_eq!(running, balance(&server, "pending", &format!("&at={to}")));
        // By pages: the same lines with the same balances.
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let found = page(&format!("&limit=1{cursor}"));
            assert_eq!(found["opening_balance"], opening);
            paged.extend(found["lines"].as_array().unwrap().clone());
            if found["has_more"] == false {
                break;
            }
            cursor =
                format!("&starting_after={}", paged.last().unwrap()["transfer"].as_str().unwrap());
        }
        assert_eq!(&paged, lines);
    }
}

#[test]
fn each_merchant_has_its_own_and_an_operator_has_any() {
    let server = Server::memory();
    server.paid(1000);
    let ask = |line: &str, key: &str| server.send(Ask::line(line).by(key));
    for path in ["accounts", "transfers", "entries?account=network"] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let own = server.get(&format!("{LEDGER}/{path}")).json;
        assert!(!data(&own).is_empty(), "{path}");
        let any = ask(&format!("GET {LEDGER}/{path}{sign}merchant=1"), OPERATOR).json;
        assert_eq!(any["data"], own["data"]);
        for (line, key) in [
            (format!("GET {LEDGER}/{path}"), STRANGER),
            (format!("GET {LEDGER}/{path}{sign}merchant=2"), OPERATOR),
            (format!("GET {LEDGER}/{path}{sign}merchant=1&livemode=true"), OPERATOR),
        ] {
            assert_eq!(ask(&line, key).json["data"], json!([]), "{line}");
        }
        let line = format!("GET {LEDGER}/{path}{sign}merchant=77");
        assert_eq!(
            ask(&line, OPERATOR).said(),
            "400 invalid_request_error resource_missing merchant"
        );
        let line = format!("GET {LEDGER}/{path}");
        let missing = "400 invalid_request_error parameter_missing merchant";
        assert_eq!(ask(&line, OPERATOR).said(), missing);
        let said = "403 invalid_request_error secret_key_required -";
        assert_eq!(ask(&line, PUBLISHABLE).said(), said);
    }
}
