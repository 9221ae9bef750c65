//! The issuer's challenge, played by the simulator.

use farthing_acquirer::Faults;
use farthing_server::config::Config;
use serde_json::Value;

use crate::support::{Answer, Ask, Engine, OPERATOR, Server, id};

const PI: &str = "/v1/payment_intents";
const RETURN: &str = "return_url=https://shop.example/back?x=1";

fn form(card: &str, rest: &str) -> String {
    let data = "payment_method_data[card]";
    format!(
        "amount=1000&currency=usd&confirm=true&payment_method_data[type]=card&{data}[number]={card}&{data}[exp_month]=12&{data}[exp_year]=34&{data}[cvc]=123&{rest}"
    )
}

/// An intent that waits for its holder.
fn parked(server: &Server, rest: &str) -> Value {
    let intent = server.made(PI, &form("4000002760003184", rest));
    assert_eq!(intent["status"], "requires_action");
    intent
}

/// The path and the query of the challenge, whichever way it was announced.
fn address(intent: &Value) -> (String, String) {
    let action = &intent["next_action"];
    let kind = action["type"].as_str().unwrap();
    let url = action[kind]["url"].as_str().unwrap();
    let path = &url[url.find("/farthing/").unwrap()..];
    let (path, query) = path.split_once('?').unwrap();
    (path.to_owned(), query.to_owned())
}

/// The answer, as the form of the page that is shown now sends it.
fn say(server: &Server, intent: &Value, answer: &str) -> Answer {
    let shown = see(server, intent, "");
    say_on(server, (intent, &shown), answer)
}

/// The answer, as the form of a page that was shown sends it.
fn say_on(server: &Server, (intent, shown): (&Value, &Answer), answer: &str) -> Answer {
    let (path, query) = address(intent);
    let form = format!("{query}&confirmation={}&answer={answer}", confirmation(shown));
    server.send(Ask::post(&path, &form).by_nobody())
}

/// Which confirmation a page asks about; nothing if it asks no longer.
fn confirmation(shown: &Answer) -> &str {
    let field = "name=\"confirmation\" value=\"";
    let rest = shown.body.split_once(field).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap()
}

fn see(server: &Server, intent: &Value, more: &str) -> Answer {
    let (path, query) = address(intent);
    server.send(Ask::get(&format!("{path}?{query}{more}")).by_nobody())
}

fn policy(answer: &Answer) -> &str {
    answer.header("content-security-policy").unwrap()
}

/// A server as an operator runs it, its merchant with two keys for pages.
fn real() -> Server {
    let config = Config { public_url: "https://pay.example".to_owned(), ..Config::default() };
    let server = Server::with(Engine::Memory, config, Faults::none());
    for origin in ["https://shop.example", "https://other.example"] {
        let ask = Ask::post("/v1/farthing/keys", &format!("merchant=1&origins[]={origin}"));
        assert_eq!(server.send(ask.by(OPERATOR)).status, 200);
    }
    server
}

/// What every card does with every answer, by either way back: the server's word, what the error is,
/// and how many charges the network's own book holds.
#[test]
fn every_card_every_answer_every_way() {
    let table = "
        4000002760003184  pass     succeeded                -                                       1
        4000002760003184  fail     requires_payment_method  payment_intent_authentication_failure   0
        4000002760003184  abandon  requires_action          -                                       0
        4000002760003184  timeout  requires_payment_method  payment_intent_authentication_failure   0
        4000008260003178  pass     requires_payment_method  card_declined/insufficient_funds        0
        4000008260003178  fail     requires_payment_method  payment_intent_authentication_failure   0
        4000008260003178  abandon  requires_action          -                                       0
        4000008260003178  timeout  requires_payment_method  payment_intent_authentication_failure   0
        4000000000003220  pass     succeeded                -                                       1
        4000000000003220  fail     requires_payment_method  payment_intent_authentication_failure   0
        4000000000003220  abandon  requires_action          -                                       0
        4000000000003220  timeout  requires_payment_method  payment_intent_authentication_failure   0
        4000008400001629  pass     requires_payment_method  card_declined/generic_decline           0
        4000008400001629  fail     requires_payment_method  payment_intent_authentication_failure   0
        4000008400001629  abandon  requires_action          -                                       0
        4000008400001629  timeout  requires_payment_method  payment_intent_authentication_failure   0
        4000000000003055  -        succeeded                -                                       1
    ";
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [card, answer, status, error, charges] = columns[..] else { panic!("{line}") };
        for (back, kind) in [(RETURN, "redirect_to_url"), ("", "use_stripe_sdk")] {
            let server = Server::memory();
            let intent = server.made(PI, &form(card, back));
            if answer == "-" {
                assert!(intent["next_action"].is_null(), "{line}: no challenge");
            } else {
                assert_eq!(intent["next_action"]["type"], kind, "{line}");
                let said = say(&server, &intent, answer);
                check_way_back(&said, (back, status), line);
            }
            let after = server.get(&format!("{PI}/{}", id(&intent))).json;
            assert_eq!(after["status"], status, "{line} {kind}");
            let last = &after["last_payment_error"];
            let code = match (last["code"].as_str(), last["decline_code"].as_str()) {
                (Some(code), Some(decline)) => format!("{code}/{decline}"),
                (code, _) => code.unwrap_or("-").to_owned(),
            };
            assert_eq!(code, error, "{line} {kind}");
            let book = server.charges_in_the_book();
            assert_eq!(book.to_string(), charges, "{line} {kind}: the network's book");
        }
    }
}

/// On its own the page leads back to the shop, if the shop has an address; otherwise it says so.
fn check_way_back(said: &Answer, (back, status): (&str, &str), line: &str) {
    let to = said.header("location");
    if back.is_empty() {
        assert_eq!((said.status, to), (200, None), "{line}");
        return;
    }
    let to = to.unwrap();
    assert_eq!(said.status, 303, "{line}");
    assert!(to.starts_with("https://shop.example/back?x=1&payment_intent=pi_"), "{to}");
    assert!(to.contains("&payment_intent_client_secret=pi_"), "{to}");
    let word = match status {
        "succeeded" => "succeeded",
        "requires_action" => "pending",
        _ => "failed",
    };
    assert!(to.ends_with(&format!("&redirect_status={word}")), "{line}: {to}");
}

#[test]
fn an_answer_counts_once() {
    let server = Server::memory();
    let parked = parked(&server, RETURN);
    assert_eq!(say(&server, &parked, "abandon").status, 303);
    assert_eq!(say(&server, &parked, "pass").status, 303, "after coming back");
    for late in ["pass", "fail", "timeout", "abandon"] {
        let again = say(&server, &parked, late);
        assert_eq!((again.status, again.header("location")), (200, None), "{late}");
        assert!(again.body.contains("Payment approved"), "{}", again.body);
    }
    assert_eq!(server.get(&format!("{PI}/{}", id(&parked))).json["status"], "succeeded");
    assert_eq!(server.charges_in_the_book(), 1);
    let racing = self::parked(&server, "");
    let (path, query) = address(&racing);
    let query = format!("{query}&confirmation={}", confirmation(&see(&server, &racing, "")));
    let asks = ["pass", "pass", "fail", "timeout"]
        .map(|word| Ask::post(&path, &format!("{query}&answer={word}")).by_nobody());
    for answer in server.send_all(asks) {
        assert_eq!(answer.status, 200);
    }
    assert!(server.charges_in_the_book() <= 2, "one charge more at most");
}

#[test]
fn the_page_says_what_it_asks_and_loads_nothing_from_elsewhere() {
    let server = Server::memory();
    let page = see(&server, &parked(&server, RETURN), "");
    assert_eq!(page.status, 200);
    for word in ["$10.00", "Development", "Visa ending in 3184", "lang=\"en\"", "<h1>"] {
        assert!(page.body.contains(word), "{word}: {}", page.body);
    }
    for answer in ["pass", "fail", "abandon", "timeout"] {
        assert!(page.body.contains(&format!("value=\"{answer}\"")), "{answer}");
    }
    assert_eq!(page.header("access-control-allow-origin"), None, "no script may read it");
    assert!(!page.body.contains("style=") && !page.body.contains("<style"), "{}", page.body);
    assert!(policy(&page).starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    assert!(!policy(&page).contains("unsafe"), "{}", policy(&page));
    for (name, value) in [("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff")]
    {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    for (path, kind) in [
        ("/farthing/challenge.css", "text/css; charset=utf-8"),
        ("/farthing/challenge.js", "text/javascript; charset=utf-8"),
    ] {
        let file = server.send(Ask::get(path).by_nobody());
        assert_eq!((file.status, file.header("content-type")), (200, Some(kind)), "{path}");
    }
}

#[test]
fn only_registered_pages_frame_it_and_only_they_are_told() {
    let server = real();
    let list = "frame-ancestors https://other.example https://shop.example";
    let told = |page: &str| format!("data-parent=\"{page}\"");
    for (parent, registered) in [
        ("https://shop.example", true),
        ("https://other.example", true),
        ("https://evil.example", false),
        ("https://shop.example/", false),
        ("https://shop.example.evil.example", false),
        ("http://localhost:5173", false),
        ("null", false),
        ("*", false),
        ("\"><script>", false),
    ] {
        let parked = parked(&server, RETURN);
        let page = see(&server, &parked, &format!("&parent={}", escaped(parent)));
        assert!(policy(&page).ends_with(list), "{}", policy(&page));
        let carried = format!("name=\"parent\" value=\"{}\"", if registered { parent } else { "" });
        assert!(page.body.contains(&carried), "{parent}: {}", page.body);
        let answer = say(&server, &parked, &format!("pass&parent={}", escaped(parent)));
        // A page around it is told; without one the browser goes back to the shop.
        assert_eq!(answer.status, if registered { 200 } else { 303 }, "{parent}");
        assert_eq!(answer.body.contains(&told(parent)), registered, "{parent}: {}", answer.body);
        assert_eq!(answer.body.contains("data-parent"), registered, "{parent}");
        if registered {
            assert!(policy(&answer).ends_with(list), "{}", policy(&answer));
            let late = see(&server, &parked, &format!("&parent={}", escaped(parent)));
            assert!(late.body.contains(&told(parent)), "told again: {}", late.body);
        }
    }
}

#[test]
fn a_browser_says_whose_frame_it_is() {
    let server = real();
    let parked = parked(&server, "");
    let (path, query) = address(&parked);
    for (referer, dest, carried) in [
        ("https://shop.example/", "iframe", "https://shop.example"),
        ("https://shop.example/cart?x", "iframe", "https://shop.example"),
        ("https://shop.example/", "document", ""),
        ("https://evil.example/", "iframe", ""),
        ("about:blank", "iframe", ""),
    ] {
        let ask = Ask::get(&format!("{path}?{query}")).by_nobody();
        let page = server.send(ask.header("referer", referer).header("sec-fetch-dest", dest));
        assert!(page.body.contains(&format!("name=\"parent\" value=\"{carried}\"")), "{referer}");
    }
}

#[test]
fn in_development_any_page_of_this_machine_frames_it() {
    let server = Server::memory();
    let page = see(&server, &parked(&server, ""), "&parent=http://localhost:5173");
    assert!(policy(&page).contains("frame-ancestors http://localhost:*"), "{}", policy(&page));
    assert!(page.body.contains("value=\"http://localhost:5173\""), "{}", page.body);
    let page = see(&server, &parked(&server, ""), "&parent=https://shop.example");
    assert!(!page.body.contains("shop.example"), "{}", page.body);
}

#[test]
fn an_address_with_a_fragment_stays_one() {
    for (given, before, after) in [
        ("app%23/done", "app?", "#/done"),
        ("%23/done?order=7", "?", "#/done?order=7"),
        ("?x=1%23/done?order=7", "?x=1&", "#/done?order=7"),
        ("app%23a%23b", "app?", "#a#b"),
        ("app%23", "app?", "#"),
    ] {
        let server = Server::memory();
        let parked = parked(&server, &format!("return_url=https://shop.example/{given}"));
        let to = say(&server, &parked, "pass");
        let to = to.header("location").unwrap();
        let start = format!("https://shop.example/{before}payment_intent=pi_");
        assert!(to.starts_with(&start), "{given}: {to}");
        let end = format!("&redirect_status=succeeded{after}");
        assert!(to.ends_with(&end), "{given}: {to}");
    }
}

#[test]
fn an_answer_is_to_the_question_that_was_shown() {
    let tokens = "payment_method=pm_card_authenticationRequired";
    for (change, shown) in [("amount=2000", "$20.00"), ("", "$10.00")] {
        let server = Server::memory();
        let parked = parked(&server, RETURN);
        let path = format!("{PI}/{}", id(&parked));
        let old = see(&server, &parked, "");
        if !change.is_empty() {
            assert_eq!(server.made(&path, change)["status"], "requires_confirmation");
        }
        let asked = server.made(&format!("{path}/confirm"), tokens);
        assert_eq!(asked["status"], "requires_action", "{asked}");
        for word in ["pass", "fail", "timeout", "abandon"] {
            let said = say_on(&server, (&parked, &old), word);
            assert_eq!((said.status, said.header("location")), (200, None), "{word}");
            assert!(said.body.contains("has changed since you were asked"), "{}", said.body);
            assert!(said.body.contains(shown), "{}", said.body);
            assert_eq!(server.get(&path).json["status"], "requires_action", "{word}");
        }
        assert_eq!(server.charges_in_the_book(), 0);
        // The page they were shown instead asks about what is now.
        let now = say_on(&server, (&parked, &old), "pass");
        say_on(&server, (&parked, &now), "pass");
        assert_eq!(server.get(&path).json["status"], "succeeded");
        assert_eq!(server.charges_in_the_book(), 1);
    }
}

/// Whoever leads the holder here writes the address, and must not answer by it.
#[test]
fn an_address_answers_nothing() {
    let server = Server::memory();
    let status =
        |intent: &Value| server.get(&format!("{PI}/{}", id(intent))).json["status"].clone();
    let parked = parked(&server, "");
    let (path, query) = address(&parked);
    let all = format!("{path}?{query}&answer=pass");
    let page = server.send(Ask::get(&all).by_nobody());
    assert!(page.body.contains("method=\"post\" action=\"?\""), "{}", page.body);
    assert_eq!(status(&parked), "requires_action");
    let bare = server.send(Ask::post(&all, "").by_nobody());
    assert_eq!(bare.status, 404, "nothing was sent");
    let aside = format!("{path}?{query}&parent=http://localhost:5173");
    let query = format!("{query}&confirmation={}", confirmation(&page));
    let told = server.send(Ask::post(&aside, &format!("{query}&answer=abandon")).by_nobody());
    assert!(told.body.contains("No answer yet"), "{}", told.body);
    assert!(!told.body.contains("data-parent"), "{}", told.body);
    assert_eq!(status(&parked), "requires_action");
    server.send(Ask::post(&all, &format!("{query}&answer=fail")).by_nobody());
    assert_eq!(status(&parked), "requires_payment_method", "the holder said no");
    assert_eq!(server.charges_in_the_book(), 0);
}

#[test]
fn another_page_answers_nothing() {
    for (sites, status, after) in [
        (&["cross-site"][..], 404, "requires_action"),
        (&["same-site"], 404, "requires_action"),
        (&["same-origin", "cross-site"], 404, "requires_action"),
        (&["whatever"], 404, "requires_action"),
        (&[""], 404, "requires_action"),
        (&["same-origin"], 200, "succeeded"),
        (&["none"], 200, "succeeded"),
        (&[], 200, "succeeded"),
    ] {
        let server = Server::memory();
        let parked = parked(&server, "");
        let (path, query) = address(&parked);
        let shown = see(&server, &parked, "");
        let form = format!("{query}&confirmation={}&answer=pass", confirmation(&shown));
        let ask = Ask::post(&path, &form).by_nobody();
        let ask = sites.iter().fold(ask, |ask, site| ask.header("sec-fetch-site", site));
        assert_eq!(server.send(ask).status, status, "{sites:?}");
        let intent = server.get(&format!("{PI}/{}", id(&parked)));
        assert_eq!(intent.json["status"], after, "{sites:?}");
    }
}

#[test]
fn a_stranger_sees_nothing() {
    let server = Server::memory();
    let parked = parked(&server, RETURN);
    let (path, query) = address(&parked);
    let rows = server.rows();
    for (path, form) in [
        (path.clone(), String::new()),
        (path.clone(), "client_secret=x&answer=pass".to_owned()),
        (path.clone(), format!("{query}x&answer=pass")),
        (path.replace("/2/", "/4/"), format!("{query}&answer=pass")),
        (path.replace("pi_", "pi_x"), format!("{query}&answer=pass")),
        (path.clone(), format!("{query}&answer=maybe")),
        (path.clone(), query.clone()),
    ] {
        let answer = server.send(Ask::post(&path, &form).by_nobody());
        assert_eq!(answer.status, 404, "{path} {form}");
        assert!(policy(&answer).ends_with("frame-ancestors 'none'"), "{}", policy(&answer));
    }
    assert_eq!(server.rows(), rows);
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |out, byte| format!("{out}%{byte:02x}"))
}
