//! Merchants' programs: they order, capture, cancel and give back, and ask again under the same key
//! until they know.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::wire::{Answer, Ask, send};
use super::world::{Told, World};

/// Tries of one request; after so many the merchant asks a person.
const TRIES: u32 = 40;
/// Cards, the usual ones more often.
const CARDS: &[&str] = &[
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_amex",
    "pm_card_bypassPending",
    "pm_card_visa_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
    "pm_card_createDispute",
];
const CURRENCIES: &[&str] = &["usd", "usd", "usd", "eur", "jpy"];

/// One order, from its first request to the last thing that is done about it.
pub(crate) async fn order(world: Arc<World>) {
    let number = world.orders.fetch_add(1, Ordering::Relaxed);
    let amount = world.draw(|chance| chance.between(100, 50_000));
    let currency = world.draw(|chance| chance.pick(CURRENCIES));
    let card = world.draw(|chance| chance.pick(CARDS));
    let manual = world.draw(|chance| chance.strikes(300));
    let mut form = format!(
        "amount={amount}&currency={currency}&payment_method={card}&payment_method_types[]=card\
         &metadata[order]={number}"
    );
    if manual {
        form.push_str("&capture_method=manual");
    }
    let in_two_steps = world.draw(|chance| chance.strikes(200));
    if !in_two_steps {
        form.push_str("&confirm=true");
    }
    let create = Ask::post("/v1/payment_intents", &format!("create-{number}"), &form);
    let Some(made) = until_known(&world, &create).await else { return };
    let intent = made.json();
    let intent = if made.status == 402 { &intent["error"]["payment_intent"] } else { &intent };
    let Some(id) = intent["id"].as_str().map(str::to_owned) else { return };
    if world.draw(|chance| chance.strikes(40)) {
        other_words(&world, &create, amount).await;
    }
    if in_two_steps {
        confirm_by_two(&world, &id, number).await;
    }
    world.pause(0, 2_000).await;
    let path = format!("/v1/payment_intents/{id}");
    match settled(&world, &path).await.as_deref() {
        Some("requires_capture") => after_hold(&world, &path, number, amount).await,
        Some("succeeded") => {}
        _ => return,
    }
    if world.draw(|chance| chance.strikes(400)) {
        give_back(&world, &id, number, amount).await;
    }
}

/// The same key with something else said is refused.
async fn other_words(world: &Arc<World>, create: &Ask, amount: u64) {
    let form = create.form.as_deref().unwrap_or_default();
    let other = form.replacen(&format!("amount={amount}&"), &format!("amount={}&", amount + 1), 1);
    let ask = Ask { form: Some(other), ..create.clone() };
    let Some(answer) = until_told(world, &ask).await else { return };
    if answer.status != 400 {
        world.flaw(format!("a key was used for two things: {ask:?} {answer:?}"));
    }
}

/// A double click: two requests with keys of their own at the same time.
async fn confirm_by_two(world: &Arc<World>, id: &str, number: u64) {
    let path = format!("/v1/payment_intents/{id}/confirm");
    let one = Ask::post(&path, &format!("confirm-{number}-a"), "");
    let other = Ask::post(&path, &format!("confirm-{number}-b"), "");
    let (_, _) = tokio::join!(until_known(world, &one), until_known(world, &other));
}

/// What becomes of held funds: they are taken, in whole or in part, given up, or left.
async fn after_hold(world: &Arc<World>, path: &str, number: u64, amount: u64) {
    let whim = world.draw(|chance| chance.below(10));
    let capture = |key: &str, form: String| {
        Ask::post(&format!("{path}/capture"), &format!("capture-{number}-{key}"), &form)
    };
    let part = world.draw(|chance| chance.between(1, amount));
    match whim {
        0..=3 => drop(until_known(world, &capture("a", String::new())).await),
        4..=5 => {
            let form = format!("amount_to_capture={part}");
            let answer = until_known(world, &capture("a", form)).await;
            let taken = answer.filter(|answer| answer.status == 200);
            let taken = taken.map(|answer| answer.json()["amount_received"].as_u64());
            if taken.is_some_and(|taken| taken != Some(part)) {
                world.flaw(format!("{taken:?} was captured of {path}, not {part}"));
            }
        }
        6 => {
            // Two people at the same time, and one wants more than there is.
            let some = capture("a", format!("amount_to_capture={part}"));
            let more = capture("b", format!("amount_to_capture={}", amount + 1));
            let (_, more) = tokio::join!(until_known(world, &some), until_known(world, &more));
            let refused = ["amount_too_large", "payment_intent_unexpected_state"];
            if let Some(more) = more
                && !refused.iter().any(|code| more.body.contains(code))
            {
                world.flaw(format!("more was to be captured than is held: {more:?}"));
            }
        }
        7 => {
            let cancel = Ask::post(&format!("{path}/cancel"), &format!("cancel-{number}"), "");
            let take = capture("a", String::new());
            let (_, _) = tokio::join!(until_known(world, &cancel), until_known(world, &take));
        }
        8 => {
            let cancel = Ask::post(&format!("{path}/cancel"), &format!("cancel-{number}"), "");
            drop(until_known(world, &cancel).await);
        }
        _ => {
            // Left until the hold lapses; and what was not taken cannot be given back.
            let id = path.rsplit('/').next().unwrap_or_default();
            let form = format!("payment_intent={id}&metadata[of]={number}-early");
            let early = Ask::post("/v1/refunds", &format!("refund-{number}-early"), &form);
            let answer = until_known(world, &early).await;
            if answer.as_ref().is_some_and(|answer| answer.status != 400) {
                world.flaw(format!("a refund of a hold: {answer:?}"));
            }
        }
    }
}

/// One to three refunds, some of them at the same time, perhaps more than there is.
async fn give_back(world: &Arc<World>, id: &str, number: u64, amount: u64) {
    let refund = |which: u64, amount: Option<u64>| {
        let mut form = format!("payment_intent={id}&metadata[of]={number}-{which}");
        if let Some(amount) = amount {
            form = format!("{form}&amount={amount}");
        }
        Ask::post("/v1/refunds", &format!("refund-{number}-{which}"), &form)
    };
    let part = world.draw(|chance| chance.between(1, amount));
    match world.draw(|chance| chance.below(4)) {
        0 => drop(until_known(world, &refund(0, None)).await),
        1 => {
            let (one, other) = (refund(0, Some(part)), refund(1, Some(amount - part + 1)));
            let (_, _) = tokio::join!(until_known(world, &one), until_known(world, &other));
        }
        2 => {
            drop(until_known(world, &refund(0, Some(part))).await);
            drop(until_known(world, &refund(1, None)).await);
            drop(until_known(world, &refund(2, Some(1))).await);
        }
        _ => {
            let (one, other) = (refund(0, None), refund(1, None));
            let (_, _) = tokio::join!(until_known(world, &one), until_known(world, &other));
        }
    }
}

/// Asks until it knows, and now and then once more after that.
async fn until_known(world: &Arc<World>, ask: &Ask) -> Option<Answer> {
    let answer = until_told(world, ask).await?;
    if world.draw(|chance| chance.strikes(150)) {
        // At once, or by a job that wakes up a little later.
        let later = world.draw(|chance| chance.pick(&[0, 0, 130_000]));
        world.pause(later / 2, later).await;
        until_told(world, ask).await;
    }
    Some(answer)
}

/// Asks under one key until the answer is one to go on from, and notes it.
async fn until_told(world: &Arc<World>, ask: &Ask) -> Option<Answer> {
    for tries in 0..TRIES {
        let wait_ms = (200_u64 << tries.min(6)).min(20_000);
        if tries > 0 {
            world.pause(wait_ms / 2, wait_ms).await;
        }
        let Some(answer) = send(world, ask).await else { continue };
        let to_go_on = matches!(answer.status, 200 | 402)
            || (answer.status < 500 && !matches!(answer.status, 409 | 429));
        if !to_go_on {
            world.count("told to come back", 1);
            continue;
        }
        world.count("answers", 1);
        if let Some(key) = &ask.key {
            let (key, path) = (key.clone(), ask.path.clone());
            world.tell(Told { key, path, status: answer.status, body: answer.body.clone() });
        }
        return Some(answer);
    }
    world.count("asked a person", 1);
    None
}

/// The status of an intent once it is not in the air any more; none if that takes too long.
async fn settled(world: &Arc<World>, path: &str) -> Option<String> {
    let read = Ask::get(path);
    for _ in 0..TRIES {
        if let Some(answer) = send(world, &read).await {
            let status = answer.json()["status"].as_str().map(str::to_owned);
            if status.as_deref() != Some("processing") {
                return status;
            }
        }
        world.pause(500, 4_000).await;
    }
    None
}
