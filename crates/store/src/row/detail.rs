//! Twins of the small values that several objects share, as they are written in `detail`.
//!
//! Names are one to three letters because they are stored millions of times; absent parts are left
//! out. Adding a field is compatible; renaming one is not.

use farthing_core::currency::Currency;
use farthing_domain::ledger::conversion::Ratio;
use farthing_domain::network::{Approval, Check, Decline, Risk};
use farthing_domain::object::{Address, Billing, Shipping};
use serde::{Deserialize, Serialize};

use crate::row::number::Numbered;

/// For `skip_serializing_if`.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A ratio as text: `9175/10000`.
pub(crate) fn write_ratio(ratio: Ratio) -> String {
    format!("{}/{}", ratio.numerator(), ratio.denominator())
}

/// The reverse of [`write_ratio`].
pub(crate) fn read_ratio(text: &str) -> Option<Ratio> {
    let (numerator, denominator) = text.split_once('/')?;
    Ratio::new(numerator.parse().ok()?, denominator.parse().ok()?)
}

/// A currency's code and its ratio.
pub(crate) fn read_quote((code, ratio): (&str, &str)) -> Option<(Currency, Ratio)> {
    Some((Currency::parse(code).ok()?, read_ratio(ratio)?))
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AddressTwin {
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(rename = "1", skip_serializing_if = "Option::is_none")]
    line1: Option<String>,
    #[serde(rename = "2", skip_serializing_if = "Option::is_none")]
    line2: Option<String>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

impl From<&Address> for AddressTwin {
    fn from(address: &Address) -> Self {
        let Address { city, country, line1, line2, postal_code, state } = address.clone();
        Self { city, country, line1, line2, postal_code, state }
    }
}

impl From<AddressTwin> for Address {
    fn from(twin: AddressTwin) -> Self {
        let AddressTwin { city, country, line1, line2, postal_code, state } = twin;
        Self { city, country, line1, line2, postal_code, state }
    }
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ShippingTwin {
    #[serde(rename = "a", skip_serializing_if = "is_default")]
    address: AddressTwin,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    tracking_number: Option<String>,
}

impl From<&Shipping> for ShippingTwin {
    fn from(shipping: &Shipping) -> Self {
        let Shipping { address, carrier, name, phone, tracking_number } = shipping.clone();
        Self { address: AddressTwin::from(&address), carrier, name, phone, tracking_number }
    }
}

impl From<ShippingTwin> for Shipping {
    fn from(twin: ShippingTwin) -> Self {
        let ShippingTwin { address, carrier, name, phone, tracking_number } = twin;
        Self { address: address.into(), carrier, name, phone, tracking_number }
    }
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BillingTwin {
    #[serde(rename = "a", skip_serializing_if = "is_default")]
    address: AddressTwin,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

impl From<&Billing> for BillingTwin {
    fn from(billing: &Billing) -> Self {
        let Billing { address, email, name, phone } = billing.clone();
        Self { address: AddressTwin::from(&address), email, name, phone }
    }
}

impl From<BillingTwin> for Billing {
    fn from(twin: BillingTwin) -> Self {
        let BillingTwin { address, email, name, phone } = twin;
        Self { address: address.into(), email, name, phone }
    }
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ApprovalTwin {
    #[serde(rename = "a", skip_serializing_if = "String::is_empty")]
    authorization_code: String,
    #[serde(rename = "n", skip_serializing_if = "String::is_empty")]
    network_id: String,
    #[serde(rename = "c", skip_serializing_if = "is_default")]
    cvc_check: i64,
    #[serde(rename = "p", skip_serializing_if = "is_default")]
    postal_check: i64,
    #[serde(rename = "l", skip_serializing_if = "is_default")]
    line1_check: i64,
    #[serde(rename = "b", skip_serializing_if = "is_default")]
    bypass_pending: bool,
    #[serde(rename = "w", skip_serializing_if = "is_default")]
    refund_pending: bool,
    #[serde(rename = "o", skip_serializing_if = "is_default")]
    payment_pending: bool,
    #[serde(rename = "r", skip_serializing_if = "is_default")]
    risk: i64,
}

impl From<&Approval> for ApprovalTwin {
    fn from(approval: &Approval) -> Self {
        let Approval { authorization_code, network_id, .. } = approval.clone();
        Self {
            authorization_code,
            network_id,
            cvc_check: approval.cvc_check.number(),
            postal_check: approval.postal_check.number(),
            line1_check: approval.line1_check.number(),
            bypass_pending: approval.bypass_pending,
            refund_pending: approval.refund_pending,
            payment_pending: approval.payment_pending,
            risk: approval.risk.number(),
        }
    }
}

impl ApprovalTwin {
    /// None if a number in it is unknown.
    pub(crate) fn read(self) -> Option<Approval> {
        Some(Approval {
            authorization_code: self.authorization_code,
            network_id: self.network_id,
            cvc_check: Check::from_number(self.cvc_check)?,
            postal_check: Check::from_number(self.postal_check)?,
            line1_check: Check::from_number(self.line1_check)?,
            bypass_pending: self.bypass_pending,
            refund_pending: self.refund_pending,
            payment_pending: self.payment_pending,
            risk: Risk::from_number(self.risk)?,
        })
    }
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DeclineTwin {
    #[serde(rename = "c", skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    decline_code: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    network_decline_code: Option<String>,
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    advice_code: Option<String>,
    #[serde(rename = "b", skip_serializing_if = "is_default")]
    blocked: bool,
    #[serde(rename = "r", skip_serializing_if = "is_default")]
    risk: i64,
}

impl From<&Decline> for DeclineTwin {
    fn from(decline: &Decline) -> Self {
        let Decline { code, decline_code, network_decline_code, advice_code, blocked, risk } =
            decline.clone();
        let risk = risk.number();
        Self { code, decline_code, network_decline_code, advice_code, blocked, risk }
    }
}

impl DeclineTwin {
    /// None if a number in it is unknown.
    pub(crate) fn read(self) -> Option<Decline> {
        let Self { code, decline_code, network_decline_code, advice_code, blocked, risk } = self;
        let risk = Risk::from_number(risk)?;
        Some(Decline { code, decline_code, network_decline_code, advice_code, blocked, risk })
    }
}
