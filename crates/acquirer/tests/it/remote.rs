//! The simulator in another process says what it would have said in this one.

use std::net::SocketAddr;
use std::time::Duration;

use farthing_acquirer::{
    Acquirer as _, AnswerCall, Authentication, BankDetails, CallError, Direction, DisputeAnswer,
    Entry, Network, PayCall, PayoutCall, RefundCall, Remote, RemoteError, Simulator, Steps,
    VoidCall, listen,
};
use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;
use tokio::net::TcpListener;

use crate::support::{DISPUTE, NOW, PENDING_REFUND, REFUND_FAIL, VISA, call, card, reference, usd};

/// A simulator that listens, and the way to it.
async fn remote(faults: &str) -> (Simulator, Network, SocketAddr) {
    let simulator = Simulator::in_memory(faults.parse().unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(listen(simulator.clone(), listener));
    let remote = Remote::new(&format!("http://{address}")).unwrap();
    (simulator, remote.into(), address)
}

/// Everything that can be asked, for every card there is: the same answers, the same book.
#[tokio::test]
async fn it_says_the_same() {
    let here: Network = Simulator::in_memory("seed=1".parse().unwrap()).unwrap().into();
    let (book, there, _) = remote("seed=1").await;
    for (place, number) in (0..).zip(NUMBERS) {
        let (mine, theirs) =
            (ask_all(&here, number, place).await, ask_all(&there, number, place).await);
        assert_eq!(mine, theirs, "card {number}");
    }
    assert_eq!(here.notices(0, 500, LATER).await, there.notices(0, 500, LATER).await);
    assert!(there.has_news(0) && !there.has_news(1_000_000));
    let entries = |entries: Vec<Entry>| format!("{entries:?}");
    let mine = here.book(|book| entries(book.entries(0, 1_000).unwrap()));
    assert_eq!(book.book(|book| entries(book.entries(0, 1_000).unwrap())), mine);
}

const LATER: TimestampMs = TimestampMs::from_ms(NOW.ms() + 86_400_000);

/// One number of each kind: approved, declined, challenged, disputed, with refunds that wait or come
/// back, available at once, of elevated risk, of another brand, and unknown.
const NUMBERS: [&str; 11] = [
    VISA,
    "4000000000000002",
    "4000002500003155",
    "4000000000009995",
    DISPUTE,
    PENDING_REFUND,
    REFUND_FAIL,
    "4000000000000077",
    "4000000000009235",
    "378282246310005",
    "4111111111111111",
];

/// All that can be asked with one card, under names of its own.
async fn ask_all(network: &Network, number: &str, place: u8) -> Vec<String> {
    let own = |name: u8| place * 16 + name;
    let name = |of: u8| reference(own(of));
    let mut said = Vec::new();
    let call = call(own(1), card(number), usd(2_000));
    said.push(format!("{:?}", network.authorize(&call, NOW).await));
    said.push(format!("{:?}", network.authorize(&call, NOW).await));
    let refund = RefundCall { reference: name(2), of: name(1), amount: usd(500) };
    said.push(format!("{:?}", network.refund(refund, NOW).await));
    let more = RefundCall { reference: name(3), of: name(1), amount: usd(9_500) };
    said.push(format!("{:?}", network.refund(more, NOW).await));
    let void = VoidCall { reference: name(4), of: name(1) };
    said.push(format!("{:?}", network.void(void, NOW).await));
    for about in [1, 2, 3, 4, 5] {
        said.push(format!("{:?}", network.lookup(name(about), NOW).await));
    }
    said.push(format!("{:?}", network.reverse(name(5), NOW).await));
    said.push(format!("{:?}", network.reverse(name(1), NOW).await));
    said.push(format!("{:?}", network.lookup(name(5), NOW).await));
    let pay = PayCall {
        reference: name(6),
        amount: usd(700),
        capture: true,
        method: "us_bank_account".into(),
        steps: Steps::Days(4),
        account: Some(network.account("000123456789").name),
        email: Some("a@b.example".to_owned()),
        authentication: Authentication::Passed,
    };
    said.push(format!("{:?}", network.pay(pay, NOW).await));
    let account = BankDetails { country: "US", routing: Some("110000000"), number: "000123456789" };
    let (direction, arrival) = (Direction::Out, NOW);
    let payout = PayoutCall { reference: name(7), amount: usd(300), direction, account, arrival };
    said.push(format!("{:?}", network.payout(&payout, NOW).await));
    let answer = DisputeAnswer::Contest { text: "It was \"sent\".".to_owned() };
    said.push(format!("{:?}", network.answer(AnswerCall { dispute: 99, answer }, NOW).await));
    let [scope @ .., _, _, _, _, _, _, _, _, _, _, _, _] = name(1).0;
    said.push(format!("{:?}", network.set_clock(scope, 5).await));
    said
}

#[tokio::test]
async fn what_is_lost_is_lost_and_what_was_done_is_found() {
    let (_, network, _) = remote("at=1:lost_before,at=2:lost_after,at=3:late,slow_ms=50").await;
    for (number, after) in [(1, "NeverSeen"), (2, "Known"), (3, "Known")] {
        let call = call(number, card(VISA), usd(100));
        let said = network.authorize(&call, NOW).await;
        assert_eq!(said, Err(CallError::Unreachable), "{number}");
        tokio::time::sleep(Duration::from_millis(150)).await;
        let found = format!("{:?}", network.lookup(reference(number), NOW).await);
        assert!(found.starts_with(&format!("Ok({after}")), "{number}: {found}");
    }
}

#[tokio::test]
async fn who_hangs_up_stops_nothing() {
    let (book, network, _) = remote("slow_ms=100").await;
    let call = call(1, card(VISA), usd(100));
    let asked = network.authorize(&call, NOW);
    assert!(tokio::time::timeout(Duration::from_millis(20), asked).await.is_err());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(book.book(|book| book.totals_in(Currency::USD).unwrap().charges), 1);
}

#[tokio::test]
async fn a_connection_that_is_not_made_sends_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let network = Network::from(Remote::new(&format!("http://{address}")).unwrap());
    let call = call(1, card(VISA), usd(100));
    assert_eq!(network.authorize(&call, NOW).await, Err(CallError::Unsent));
    assert!(!CallError::Unsent.outcome_unknown());
}

/// A number is shown to this process's own table and goes nowhere.
#[tokio::test]
async fn no_number_is_on_the_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let network =
        Network::from(Remote::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap());
    let seen = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4_096];
        let count = loop {
            stream.readable().await.unwrap();
            if let Ok(count) = stream.try_read(&mut bytes) {
                break count;
            }
        };
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    });
    let call = call(1, card(VISA), usd(100));
    network.authorize(&call, NOW).await.unwrap_err();
    let seen = seen.await.unwrap();
    assert!(seen.contains("POST / ") && !seen.contains("42424242"), "{seen}");
}

#[test]
fn only_this_machine_is_asked() {
    for (url, why) in [
        ("https://127.0.0.1:1", RemoteError::Unreadable),
        ("http://127.0.0.1:1/x", RemoteError::Unreadable),
        ("http://192.0.2.1:1", RemoteError::Elsewhere),
        ("http://localhost:1", RemoteError::Elsewhere),
        ("127.0.0.1", RemoteError::Unreadable),
    ] {
        assert_eq!(Remote::new(url).unwrap_err(), why, "{url}");
    }
    assert!(Remote::new("http://[::1]:4243/").is_ok());
}
