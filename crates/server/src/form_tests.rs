//! One line per spelling of a request.

use super::*;

/// Prints parameters shortly: texts bare, lists in `()`, maps in `{}`.
fn show(param: &Param) -> String {
    match param {
        Param::Text(text) => text.clone(),
        Param::List(items) => {
            format!("({})", items.iter().map(show).collect::<Vec<_>>().join(" "))
        }
        Param::Map(map) => format!("{{{}}}", pairs(map)),
    }
}

fn pairs(map: &BTreeMap<String, Param>) -> String {
    map.iter().map(|(name, value)| format!("{name}={}", show(value))).collect::<Vec<_>>().join(" ")
}

fn check(encoded: &str, expected: &str) {
    let shown = match Form::parse(encoded.as_bytes()) {
        Ok(form) => pairs(&form.params),
        Err(error) => format!("{error:?}"),
    };
    assert_eq!(shown, expected, "{encoded}");
}

#[test]
fn spellings_of_official_clients() {
    check("", "");
    check("&&", "");
    check("amount=100&currency=usd", "amount=100 currency=usd");
    check("a", "a=");
    check("a=1&a=2", "a=2"); // The last of several wins.
    check("d=a+b%20c", "d=a b c");
    check("a=%C3%BC%26%3D[]", "a=ü&=[]"); // Only names are split on brackets.
    check("metadata[order]=6&metadata[x]=7", "metadata={order=6 x=7}");
    check("metadata%5Border%5D=6", "metadata={order=6}");
    check("shipping[address][line1]=x", "shipping={address={line1=x}}");
    check("expand[0]=a&expand[1]=b", "expand=(a b)");
    check("expand[1]=b&expand[0]=a&expand[10]=c", "expand=(a b c)");
    check("expand[]=a&expand[]=b", "expand=(a b)");
    check("items[0][price]=p&items[0][n]=2&items[1][price]=q", "items=({n=2 price=p} {price=q})");
    check("o[][a]=1&o[][b]=2&o[][a]=3", "o=({a=1 b=2} {a=3})");
    check("o[][a][c]=1&o[][a][d]=2", "o=({a={c=1 d=2}})");
    check("metadata[0]=a&metadata[1]=b", "metadata={0=a 1=b}");
    check("metadata=", "metadata=");
}

#[test]
fn names_that_are_not_bracketed_properly_are_plain_names() {
    check("a[b=1", "a[b=1");
    check("a]b=1", "a]b=1");
    check("[a]=1", "[a]=1");
    check("a[b]c=1", "a[b]c=1");
    check("a[[b]]=1", "a[[b]]=1");
}

#[test]
fn what_cannot_be_read() {
    check("a=%", "Percent");
    check("a=%4", "Percent");
    check("a=%zz", "Percent");
    check("a%=1", "Percent");
    check("a=%ff", "NotText");
    check("%ff=1", "NotText");
    check("a=b%00", "NotText");
    check("a=1&a[b]=2", r#"Conflict { name: "a" }"#);
    check("a[b]=1&a=2", r#"Conflict { name: "a" }"#);
    check("a[]=1&a[b]=2", r#"Conflict { name: "a" }"#);
    check("a[0]=1&a[]=2", r#"Conflict { name: "a" }"#);
    check("a[][]=1", "a=({=1})");
    check("a[b][c][d][e][f][g][h]=1", "a={b={c={d={e={f={g={h=1}}}}}}}");
    check("a[b][c][d][e][f][g][h][i]=1", r#"TooDeep { name: "a" }"#);
    check("a[1001]=1", r#"Index { name: "a" }"#);
    check("a[99999999999999999999999]=1", r#"Index { name: "a" }"#);
    let many: Vec<String> = (0..=PAIRS_MAX).map(|n| format!("a{n}=")).collect();
    check(&many.join("&"), "TooManyPairs");
}

#[test]
fn card_secrets_are_moved_out() {
    for (name, card) in [
        ("card[number]", "card"),
        ("payment_method_data[card][number]", "payment_method_data[card]"),
        ("payment_method_data%5Bcard%5D%5Bnumber%5D", "payment_method_data[card]"),
        ("a[b][card][number]", "a[b][card]"),
    ] {
        let code = name.replace("number", "cvc");
        let encoded = format!("{name}=4242+4242&{code}=%3123&x=1");
        let mut form = Form::parse(encoded.as_bytes()).unwrap();
        let secrets = form.cards.remove(card).unwrap();
        assert_eq!(secrets.number.unwrap().as_slice(), b"4242 4242");
        assert_eq!(secrets.cvc.unwrap().as_slice(), b"123");
        let shown = pairs(&form.params);
        assert!(shown.contains("number=[number]"), "{shown}");
        assert!(!shown.contains("4242") && !shown.contains("cvc") && !shown.contains("123"));
        form.put_fingerprint(card, "fp");
        assert!(pairs(&form.params).contains("number=fp"), "{card}");
    }
    check("number=4242&cvc=1", "cvc=1 number=4242"); // Not a card's.
}

#[test]
fn nothing_prints_a_secret() {
    let form = Form::parse(b"card[number]=4242424242424242&card[cvc]=987").unwrap();
    let shown = format!("{form:?}");
    assert!(!shown.contains("4242") && !shown.contains("987"), "{shown}");
}
