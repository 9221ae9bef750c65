//! Rows of payment methods: cards, and those beyond.

use super::*;

pub(super) fn methods() -> Vec<Row> {
    let brands = [
        Brand::Visa,
        Brand::Mastercard,
        Brand::Amex,
        Brand::Discover,
        Brand::Diners,
        Brand::Jcb,
        Brand::UnionPay,
        Brand::Unknown,
    ];
    let method = |(number, brand): (i64, Brand)| {
        let odd = number % 2 == 1;
        Row::Method(PaymentMethod {
            id: PaymentMethodId::from_bytes(twelve(number)),
            tenant: tenant(),
            seq: number,
            created: at(number),
            kind: if odd {
                MethodType::CARD
            } else {
                MethodType::parse("sepa_debit").expect("a row of the table")
            },
            card: Card {
                brand,
                last4: "0042".to_owned(),
                exp_month: 12,
                exp_year: 2_099,
                fingerprint: "f".to_owned(),
                funding: "credit".to_owned(),
                country: odd.then(|| "US".to_owned()),
            },
            parts: if odd { Metadata::new() } else { metadata() },
            billing: if odd { billing() } else { Billing::default() },
            sealed: vec![0, 255, 7],
            metadata: if odd { metadata() } else { Metadata::new() },
            holder: match number % 3 {
                0 => Holder::Nobody,
                1 => Holder::Customer(CustomerId::from_bytes(twelve(450))),
                _ => Holder::Spent,
            },
            set_up: odd,
            cvc_check: if odd { Check::Unchecked } else { Check::None },
            redisplay: if odd { Redisplay::Always } else { Redisplay::Unspecified },
            trail: if odd { trail() } else { Trail::default() },
        })
    };
    (500..).zip(brands).map(method).collect()
}
